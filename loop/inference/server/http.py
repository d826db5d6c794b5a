"""JSON over HTTP with retries: what may pass is asked again, everything else is one EngineError that says what to do.

Asked again are 408, 425, 429 and 5xx, dropped connections, attempts out of time, and bodies that are no JSON (an answer
without a length that was cut off looks like that). No proxy of the environment is used, and no redirect followed: the
address in loop.toml is the one that is spoken to.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from loop.errors import EngineError
from loop.inference.server.patience import Patience, retry_after

if TYPE_CHECKING:
    import httpx

_PASSING = frozenset({408, 425, 429})
_CONNECT_SECONDS = 10.0
_WORDS = 300  # characters of a server's own explanation in an error
_LOG = "look at the server's log"
_FIXES = {
    401: "name the environment variable that holds the server's key in engine.key_variable",
    403: "name the environment variable that holds the server's key in engine.key_variable",
    404: "give the address up to and with /v1 as engine.url, and a server that knows /v1/completions",
    429: "lower engine.in_flight, or raise engine.retries",
}


class ServerError(EngineError):
    """The server did not give what it was asked for. status: of the last answer, 0 when there was none."""

    def __init__(self, message: str, *, fix: str, status: int) -> None:
        super().__init__(message, fix=fix)
        self.status = status


@dataclass(frozen=True)
class _Fault:
    """Why an attempt failed. passing: the next one may succeed. wait: seconds the server wants to be left alone."""

    says: str
    fix: str
    passing: bool
    status: int = 0
    wait: float = 0.0


class Client:
    """Speaks to one server. Lives in one event loop, and is made there.

    url: up to /v1. connections: how many requests may be under way; `key`: sent as a bearer token, never shown.
    """

    def __init__(self, url: str, *, key: str, patience: Patience, connections: int) -> None:
        import httpx

        self.url = url.rstrip("/")
        self.shown = shown(self.url)
        self._patience = patience
        self._quiet_until = 0.0
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(patience.timeout, connect=min(_CONNECT_SECONDS, patience.timeout), pool=None),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            verify=ssl.create_default_context() if self.url.startswith("https:") else False,  # no redirect leads there
            trust_env=False,
        )

    async def get(self, path: str, *, root: bool = False) -> Any:
        """The document at `path` below the url, or below its root without /v1."""
        return await self._ask("GET", self._address(path, root), None)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return await self._ask("POST", self._address(path, False), body)

    async def tell(self, path: str, body: Mapping[str, Any]) -> None:
        """Posts what is answered with words or with nothing."""
        await self._ask("POST", self._address(path, False), body, answered=False)

    async def close(self) -> None:
        await self._http.aclose()

    def _address(self, path: str, root: bool) -> str:
        return (self.url.removesuffix("/v1") if root else self.url) + path

    async def _ask(self, method: str, address: str, body: Mapping[str, Any] | None, *, answered: bool = True) -> Any:
        loop, attempts = asyncio.get_running_loop(), self._patience.retries + 1
        for attempt in range(attempts):
            await asyncio.sleep(max(0.0, self._quiet_until - loop.time()))
            document, fault = await self._attempt(method, address, body, answered)
            if fault is None:
                return document
            if not fault.passing or attempt + 1 == attempts:
                tried = f" ({attempt + 1} attempts)" if attempt else ""
                says = f"{method} {shown(address)}: {fault.says}{tried}"
                raise ServerError(says, fix=fault.fix, status=fault.status)
            pause = self._patience.pause(attempt, fault.wait)
            if fault.wait:  # it is the server that wants quiet, not this request: the others keep it too
                self._quiet_until = max(self._quiet_until, loop.time() + min(fault.wait, self._patience.timeout))
            await asyncio.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _attempt(
        self, method: str, address: str, body: Mapping[str, Any] | None, answered: bool
    ) -> tuple[Any, None] | tuple[None, _Fault]:
        import httpx

        try:
            async with asyncio.timeout(self._patience.timeout):
                response = await self._http.request(method, address, json=body)
        except httpx.ConnectTimeout as error:
            return None, _unreachable(error)
        except (TimeoutError, httpx.TimeoutException):
            fix = f"raise engine.timeout or lower engine.in_flight; {_LOG}"
            return None, _Fault(f"no answer within {self._patience.timeout:g} s", fix, passing=True)
        except httpx.ConnectError as error:
            return None, _unreachable(error)
        except httpx.RequestError as error:
            return None, _Fault(f"the connection broke ({_named(error)})", f"{_LOG}, and run it again", passing=True)
        return _judged(response, answered)


def shown(url: str) -> str:
    """The address without a name and password that may stand in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _judged(response: httpx.Response, answered: bool) -> tuple[Any, None] | tuple[None, _Fault]:
    status = response.status_code
    if response.is_success and not answered:
        return None, None
    if response.is_success:
        try:
            return response.json(), None
        except ValueError:
            says = f"the answer is no JSON: {_words(response.text)!r}"
            return None, _Fault(says, "is engine.url the address of an OpenAI-compatible server?", True, status)
    passing = status in _PASSING or status >= 500
    fix = _FIXES.get(status, _LOG if passing else "the server refuses what it is asked; its words say why")
    says = f"{status} {response.reason_phrase}".strip()
    words = _words(_explanation(response))
    wait = retry_after(response.headers.get("retry-after")) if passing else 0.0
    return None, _Fault(f"{says}: {words}" if words else says, fix, passing, status, wait)


def _explanation(response: httpx.Response) -> str:
    """The message of OpenAI's, FastAPI's or Ollama's form of an error; the body when it has none of them."""
    try:
        document = response.json()
    except ValueError:
        return response.text
    if not isinstance(document, dict):
        return response.text
    error = document.get("error", document)
    found = error.get("message", error.get("detail")) if isinstance(error, dict) else error
    return found if isinstance(found, str) else json.dumps(document)


def _words(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WORDS else line[:_WORDS] + " ..."


def _unreachable(error: Exception) -> _Fault:
    return _Fault(f"cannot be reached ({_named(error)})", "start the server, or correct engine.url", passing=True)


def _named(error: Exception) -> str:
    return str(error) or type(error).__name__
