"""Requests to try an engine with, and its answers by their ids."""

from __future__ import annotations

from pathlib import Path

from loop.inference.chat import render_prompt
from loop.inference.engine import Engine, Request


def ask(n: int, *, k: int = 1, temperature: float = 1.0, max_tokens: int = 24) -> list[Request]:
    return [
        Request(f"{task}/{j}", render_prompt(f"task {task} sum"), 1000 * task + j, temperature, max_tokens)
        for task in range(n)
        for j in range(k)
    ]


def texts(engine: Engine, requests: list[Request], adapter: Path | None = None) -> dict[str, str]:
    return {c.request_id: c.text for c in engine.generate(requests, adapter)}
