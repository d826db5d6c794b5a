"""Does the configured server answer, with the bases that the stages run on, and read prompts as the trainer does?"""

from __future__ import annotations

from loop.config import Settings
from loop.doctor.finding import Finding
from loop.home import Home
from loop.inference.chat import render_prompt
from loop.inference.engine import Request

SECONDS = 30.0
NAME = "engine"


def check(settings: Settings, home: Home) -> Finding:
    """One token of each base, asked once: what a run would retry, a person wants to know now. Raises LoopError."""
    if settings.engine.kind != "server":
        return Finding(NAME, True, "llama.cpp in processes of this machine's own")
    from loop.inference.server.http import shown
    from loop.inference.server.patience import Patience
    from loop.inference.server_engine import ServerEngine
    from loop.models.catalogue import resolve
    from loop.router import engine_models, stage_models

    patience = Patience(timeout=min(SECONDS, settings.engine.timeout), retries=0)
    served: list[str] = []
    for wanted in engine_models(stage_models(settings)):
        base = resolve(wanted.base, home, quantization=wanted.quantization)
        with ServerEngine(base.hf_dir, base.name, settings.engine, context=wanted.context, patience=patience) as engine:
            list(engine.generate([Request("doctor", render_prompt("Say yes."), 1, 0.0, 1)], None))
            served = [one.name for one in engine.served()]
    return Finding(NAME, True, f"the server at {shown(settings.engine.url)} answers; it serves {', '.join(served)}")
