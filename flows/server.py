"""Which Prefect server a run reports to: the one that is configured, else a private one for this process.

Prefect can start a private server by itself, but does so at the first flow call, after importing the whole server into
the caller (2.6 s), and waits for it (3 s; 12 s with a fresh database, most of it migrations). Here it is a process that
starts beside whatever the caller does next - loading the model, say. Its socket is bound first, so the address is known
at once and a request made too early waits in the socket's queue. It ends with its parent, also a killed one: that is
the end of its stdin.

    python -m flows.server FD     serves on an inherited listening socket until stdin ends
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from loop.errors import EnvironmentFault, ToolError

STARTUP_SECONDS = 90.0

_ENVIRONMENT = {
    "PREFECT_UI_ENABLED": "false",
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",  # 1 s; no flow here uses blocks
}


def ensure() -> Callable[[], None]:
    """Makes sure that there is a server. Returns at once; what it returns blocks until the server answers.

    That raises EnvironmentFault when a configured server does not answer, ToolError when a private one does not start.
    """
    from prefect.settings import get_current_settings

    if _private is not None:
        return _private.wait
    url = get_current_settings().api.url
    return (lambda: check(url)) if url else _start().wait


def check(url: str) -> None:
    """Raises EnvironmentFault when nothing answers at `url`. A refusal of the request is an answer."""
    try:
        urllib.request.urlopen(f"{url}/health", timeout=10).close()
    except urllib.error.HTTPError:
        return
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise EnvironmentFault(
            f"Prefect's server at {url} does not answer: {getattr(error, 'reason', error)}",
            fix="start it (`prefect server start`), correct PREFECT_API_URL, or unset it to run without one",
        ) from error


class PrivateServer:
    """A running server process. It lives as long as this one: Prefect's threads send their last words at exit."""

    def __init__(self, directory: Path) -> None:
        self.log = directory / "server.log"
        with socket.socket() as listening, self.log.open("wb") as log:
            listening.bind(("127.0.0.1", 0))
            listening.listen(64)
            self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/api"
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flows.server", str(listening.fileno())],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[listening.fileno()],
                env=os.environ | _ENVIRONMENT,
                start_new_session=True,  # Ctrl-C is for the flow: the server must live to record how it ended
            )

    def wait(self) -> None:
        """Returns when the server answers. Raises ToolError when it does not start."""
        deadline = time.monotonic() + STARTUP_SECONDS
        while self._process.poll() is None and (left := deadline - time.monotonic()) > 0:
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=left).close()
                return
            except OSError:
                time.sleep(0.1)
        raise ToolError(
            "Prefect's private server did not start" + (f": {said}" if (said := self._last_words()) else ""),
            fix=f"see {self.log}, or set PREFECT_API_URL to a server of your own",
        )

    def close(self) -> None:
        """Tells the server to end. It is not waited for: it takes some seconds to write down the last events."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _last_words(self) -> str:
        said = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if "Error" in line]
        return said[-1] if said else ""


_private: PrivateServer | None = None


def _start() -> PrivateServer:
    """Starts the private server and points this process's Prefect, its threads included, at it."""
    global _private
    from prefect.context import refresh_global_settings_context
    from prefect.settings import get_current_settings

    _private = PrivateServer(get_current_settings().home)
    atexit.register(_private.close)  # runs after Prefect's own threads have ended
    os.environ["PREFECT_API_URL"] = _private.url
    refresh_global_settings_context()
    return _private


def _serve(descriptor: int) -> None:
    import uvicorn
    from prefect.server.api.server import create_app

    config = uvicorn.Config(
        create_app(ephemeral=True, final=True), log_level="error", lifespan="on", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)

    def end_with_parent() -> None:
        os.read(0, 1)  # not sys.stdin: its buffer's lock would be held at exit
        server.should_exit = True

    threading.Thread(target=end_with_parent, daemon=True).start()
    server.run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
