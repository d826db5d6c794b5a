"""One completion that is wanted, what it is wanted for, and what becomes of its answer without an oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evaluators.verdict import EVIDENCE, Kind, Verdict
from loop.cycle.seeds import derive, digest
from loop.inference.chat import render_prompt
from loop.inference.engine import Request
from loop.pipeline.grammar import grammar_of
from loop.pipeline.stage import Call, Reading

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.tasks.task import Task

GREEDY = -1  # the index of a call's greedy completion
UNLABELLED = "unlabelled"  # in place of a verdict's kind: either answer is right


@dataclass(frozen=True)
class Wanted:
    """One completion that is wanted: the `index`-th of a call about a task, under these decoding settings."""

    task: Task
    call: Call
    index: int
    temperature: float
    seed: int


@dataclass(frozen=True)
class Purpose:
    """What samples are for: `id` is the cycle's (practice) or the audit's (audit, honeypot, chain)."""

    kind: Literal["practice", "audit", "honeypot", "chain"]
    id: str
    cycle_id: str | None


def sample_id(purpose: Purpose, adapter: str, base_sha256: str, want: Wanted) -> str:
    """Identity of a completion: everything that determines it."""
    return digest(
        purpose.kind, purpose.id, want.task.id, want.call.id, want.index, adapter, base_sha256, want.temperature,
        want.seed,
    )[:32]  # fmt: skip


def wanted_seed(seed: int, task: Task, call: Call, index: int) -> int:
    """Of one sample; of a task's own where the task is the question, as it is to an implementation."""
    about = () if judged_by_oracle(call) else (call.stage, call.kind, call.item)
    return derive(seed, task.id, *about, index)


def trajectory_id(purpose: Purpose, want: Wanted) -> str:
    """Identity of the attempt at the task that a completion belongs to."""
    return digest(purpose.kind, purpose.id, want.task.id, want.index)[:16]


def rendered(ctx: Context, call: Call) -> str:
    """The prompt as the model of the call's stage sees it."""
    model = ctx.model(call.stage)
    return render_prompt(call.prompt, thinking=model.thinking, style=model.chat)


def request_of(ctx: Context, key: str, call: Call, seed: int, temperature: float) -> Request:
    """What the engine is asked, as the stage's model is set up."""
    model = ctx.model(call.stage)
    return Request(
        key,
        rendered(ctx, call),
        seed,
        temperature,
        model.max_tokens,
        thinking_budget=model.thinking_budget,
        grammar=grammar_of(call) if model.grammar else "",
    )


def judged_by_oracle(call: Call) -> bool:
    """Whether the answer is C or edits, which are compiled and run; else a label says what is right."""
    return call.stage == "implementation"


def judged(want: Wanted, reading: Reading) -> Verdict:
    """The verdict on what needs no oracle: on an answer that cannot be read, and on a judgment."""
    from evaluators.oracles.registry import oracle_for

    if reading.value is None:
        oracle_class = oracle_for(want.task.spec).oracle_class if judged_by_oracle(want.call) else "A"
        return Verdict(Kind.FORMAT_ERROR, evidence=reading.problem[:EVIDENCE], oracle_class=oracle_class)
    label = want.call.label
    oracle = f"label:{digest(want.call.id, label)[:16]}"
    if label is None or reading.value == label:
        return Verdict(Kind.PASS, oracle=oracle)
    wrong = f"it says {reading.value!r}, and {label!r} is right"
    return Verdict(Kind.WRONG_ANSWER, evidence=wrong[:EVIDENCE], oracle=oracle)


def kind_of(call: Call, verdict: Verdict) -> str:
    """A judgment without a label is neither right nor wrong."""
    unlabelled = call.label is None and not judged_by_oracle(call)
    return UNLABELLED if unlabelled and verdict.kind is Kind.PASS else str(verdict.kind)
