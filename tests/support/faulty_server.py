"""A completions endpoint that misbehaves as it is told, one behaviour a request, and answers properly otherwise."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from tokenizers import Tokenizer

Json = dict[str, Any]
Behaviour = Callable[["Handler", Json], None]
OWNERS = {"llama_cpp.server": "me", "llama-server": "llamacpp", "vllm": "vllm", "ollama": "library", "other": "acme"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyServer

    def do_GET(self) -> None:
        document = self.server.pages.get(self.path)
        self.reply(200, document) if document is not None else self.reply(404, {"detail": "Not Found"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        with server.lock:
            server.asked.append((self.path, body))
            server.keys.append(self.headers.get("Authorization", ""))
            server.under_way += 1
            server.most_under_way = max(server.most_under_way, server.under_way)
            known = self.path == "/v1/completions" or self.path in server.posts
            behave = server.plan.popleft() if server.plan and self.path == "/v1/completions" else None
        try:
            if not known:
                self.reply(404, {"detail": "Not Found"})
            elif self.path in server.posts:
                server.posts[self.path](self, body)
            else:
                (behave or server.usual)(self, body)
        finally:
            with server.lock:
                server.under_way -= 1

    def reply(self, status: int, document: Json | str, headers: Json | None = None) -> None:
        data = (document if isinstance(document, str) else json.dumps(document)).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": len(data)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the tests' stderr."""


class FaultyServer(ThreadingHTTPServer):
    """Serves at `url` as long as it is open. plan: behaviours of the next requests; `usual` is that of all later ones.

    asked: (path, body) of every POST. keys: their Authorization headers. most_under_way: requests it had at one time.
    """

    daemon_threads = True

    def __init__(self, base: Path, names: Sequence[str] = ("tiny",), kind: str = "other", context: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self.plan: deque[Behaviour] = deque()
        self.usual: Behaviour = says("fine")
        self.posts: dict[str, Behaviour] = {}
        self.asked: list[tuple[str, Json]] = []
        self.keys: list[str] = []
        self.lock = threading.Lock()
        self.under_way = self.most_under_way = 0
        self.released = threading.Event()  # what hangs, hangs until then
        self._told = {"max_model_len": context} if context else {}
        self._owner = OWNERS[kind]
        self.pages: dict[str, Any] = {}
        self.serve(names)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def bodies(self) -> list[Json]:
        return [body for path, body in self.asked if path == "/v1/completions"]

    def serve(self, names: Sequence[str]) -> None:
        rows = [{"id": name, "object": "model", "owned_by": self._owner, **self._told} for name in names]
        self.pages["/v1/models"] = {"object": "list", "data": rows}

    def tokens(self, text: str) -> int:
        return len(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def __enter__(self) -> FaultyServer:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is what some tests are about."""


def completion(server: FaultyServer, body: Json, text: str, **choice: Any) -> Json:
    """An answer in OpenAI's form with honest counts."""
    fields = {"text": text, "index": 0, "finish_reason": "stop", "logprobs": None, **choice}
    usage = {"prompt_tokens": server.tokens(body["prompt"]), "completion_tokens": server.tokens(text) + 1}
    return {"object": "text_completion", "model": body["model"], "choices": [fields], "usage": usage}


def says(text: str, **choice: Any) -> Behaviour:
    return lambda handler, body: handler.reply(200, completion(handler.server, body, text, **choice))


def echoes() -> Behaviour:
    """The answer names the request: its seed."""
    return lambda handler, body: handler.reply(200, completion(handler.server, body, f"seed {body['seed']}"))


def status(code: int, message: str = "no", **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, body: handler.reply(code, {"error": {"message": message}}, named)


def raw(document: Json | str) -> Behaviour:
    return lambda handler, body: handler.reply(200, document)


def hangs() -> Behaviour:
    """No answer at all, until the server closes."""

    def behave(handler: Handler, body: Json) -> None:
        handler.server.released.wait(60)
        handler.close_connection = True

    return behave


def drops() -> Behaviour:
    """Half an answer, and then the connection is gone."""

    def behave(handler: Handler, body: Json) -> None:
        data = json.dumps(completion(handler.server, body, "half of this is lost")).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[: len(data) // 2])
        handler.wfile.flush()
        handler.close_connection = True
        handler.connection.shutdown(2)

    return behave


def scores(logprobs: dict[str, float]) -> Behaviour:
    """One token, and log-probabilities by text, in OpenAI's older form."""
    best = max(logprobs, key=logprobs.__getitem__)
    return says(best, finish_reason="length", logprobs={"tokens": [best], "top_logprobs": [logprobs]})
