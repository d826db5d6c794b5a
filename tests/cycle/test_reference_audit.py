"""Models whose score is known beforehand, audited on the reference pack: the audit has to find exactly that."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from loop.cycle.audit import audit
from loop.cycle.chain import audit_chain
from loop.cycle.context import Context, open_context
from loop.cycle.wanted import rendered
from loop.home import Home
from loop.inference.engine import Request
from loop.inference.scripted import ScriptedEngine
from loop.pipeline.scripted import empty, lazy, perfect
from loop.pipeline.stage import Call
from loop.settings_load import load
from loop.stage_names import STAGES
from loop.tasks.pack import load_pack
from tests.support.scripted_world import StubBase

JUDGING = tuple(stage for stage in STAGES if stage != "implementation")


class Roomy(ScriptedEngine):
    """Everything fits: a token is 256 bytes."""

    def tokenize(self, text: str) -> list[int]:
        return list(text.encode()[::256])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Call]:
    """Rendered prompt -> the call it was made of, as calls are put."""
    known: dict[str, Call] = {}

    def remembered(ctx: Context, call: Call) -> str:
        prompt = rendered(ctx, call)
        known[prompt] = call
        return prompt

    monkeypatch.setattr("loop.cycle.wanted.rendered", remembered)
    return known


def reference_context(home: Home, model: Callable[[Call], str], asked: dict[str, Call]) -> Context:
    """The reference pack, answered by a model that is asked calls instead of prompts."""
    chosen = {"run.pack": "reference", "audit.k": 1, "audit.chain": 0, "model.context": 2048}
    limits = {"implementation.max_tokens": 1900}
    flags = {key: (value, "test") for key, value in {**chosen, **limits}.items()}
    settings = load("micro", flags, environ={}, start=home.root).settings
    base = StubBase("scripted", home.models, home.models / "none.gguf", "0" * 64)

    def script(request: Request, adapter: Path | None, rng: random.Random) -> str:
        return model(asked[request.prompt])

    engine = Roomy(script)
    return open_context(settings, home, pack=load_pack("reference"), base=base, engine=engine)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_perfect_model_is_right_in_every_stage_and_end_to_end(home: Home, asked: dict[str, Call]) -> None:
    with reference_context(home, perfect(load_pack("reference").tasks), asked) as ctx:
        for stage in STAGES:
            report = audit(ctx, "base", stage=stage)
            assert (report.summary.pass_at_1, report.summary.greedy) == (1.0, 1.0), stage
        chain = audit_chain(ctx)
    assert {task.task_id: task.outcome for task in chain.tasks} == {task.id: "pass" for task in ctx.pack.tasks}
    assert sum(task.wrong + task.format_errors for task in chain.tasks) == 0


def test_an_empty_model_is_right_in_nothing(home: Home, asked: dict[str, Call]) -> None:
    with reference_context(home, empty, asked) as ctx:
        for stage in STAGES:
            summary = audit(ctx, "base", stage=stage).summary
            assert (summary.pass_at_1, summary.format_errors) == (0.0, 1.0), stage
        assert audit_chain(ctx).solved == 0


def test_yes_to_everything_is_caught_by_precision(home: Home, asked: dict[str, Call]) -> None:
    with reference_context(home, lazy, asked) as ctx:
        measured = audit(ctx, "base", stage="scope").measures
    assert measured is not None and measured.precision is not None
    assert measured.recall == 1.0
    assert measured.precision < 0.6
