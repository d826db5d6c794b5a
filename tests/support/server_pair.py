"""A scripted server of some kind, and an engine on it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from loop.config import EngineSettings
from loop.inference.chat import render_prompt
from loop.inference.engine import Choice, Completion, Question, Request
from loop.inference.server.patience import Patience
from loop.inference.server_engine import ServerEngine
from tests.support.faulty_server import FaultyServer

PROMPT = render_prompt("Is it so?")
BASE = "base"


class Pair:
    """A scripted server of some kind, and an engine on it."""

    def __init__(self, base: Path, stack: ExitStack, kind: str, names: tuple[str, ...] = (BASE,), **settings: Any):
        self.server = stack.enter_context(FaultyServer(base, names, kind))
        if kind == "llama-server":
            self.server.pages["/lora-adapters"] = []
        found = EngineSettings(**{"kind": "server", "url": self.server.url, **settings})
        patience = Patience(timeout=20, retries=1, first=0.001)
        self.engine = stack.enter_context(ServerEngine(base, BASE, found, context=192, patience=patience))

    def complete(self, adapter: Path | None = None, **fields: Any) -> Completion:
        plain = {"prompt": PROMPT, "seed": 5, "temperature": 0.0, "max_tokens": 60}
        (done,) = self.engine.generate([Request("r", **{**plain, **fields})], adapter)
        return done

    def decide(self, *options: str) -> Choice:
        (choice,) = self.engine.choose([Question("q", PROMPT, options)], None)
        return choice
