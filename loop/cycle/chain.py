"""The chain audited: all stages end to end, each given what the ones before it found, with the adapters in service.

One greedy attempt a task. Every call is a sample with its verdict, as in any audit; the attempt is a trajectory, whose
outcome is the oracle's verdict on what was written in the end.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from loop.cycle.calls import room
from loop.cycle.grading import oracle_seed, weakest
from loop.cycle.lock import hold
from loop.cycle.records import ChainReport, ChainTask
from loop.cycle.sample import collect
from loop.cycle.seeds import derive, digest
from loop.cycle.wanted import GREEDY, Purpose, Wanted, sample_id, trajectory_id
from loop.errors import ToolError, UsageError
from loop.pipeline.chain import Attempt, run_chain
from loop.stage_names import STAGES
from loop.store import ask, ask_audits, write

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.pipeline.stage import Call
    from loop.stage_names import StageName
    from loop.tasks.task import Split, Task

CHAIN: Literal["chain"] = "chain"  # stands where a stage would
NOTHING = "nothing_written"  # stands where a verdict's kind would, when the chain broke before anything was written


def chain_tasks(ctx: Context, split: Split) -> tuple[Task, ...]:
    """The split's projects, or a fixed choice of `audit.chain` of them; () when there is none."""
    tasks = sorted((task for task in ctx.pack.split(split) if task.truth is not None), key=lambda task: task.id)
    wanted = ctx.settings.audit.chain
    if 0 < wanted < len(tasks):
        tasks = random.Random(derive(ctx.settings.run.seed, "chain-tasks")).sample(tasks, wanted)
        tasks.sort(key=lambda task: task.id)
    return tuple(tasks)


def whole_chain(ctx: Context) -> bool:
    """Whether a cycle ends with the chain: it has tasks, and none of its stages was left out of the cycle."""
    return ctx.stages == STAGES and bool(chain_tasks(ctx, "audit"))


def audit_chain(
    ctx: Context, *, split: Split = "audit", adapters: Mapping[StageName, str] | None = None
) -> ChainReport:
    """Runs the chain over the split's projects. adapters: stage -> sha256 or "base"; by default what serves.

    A finished one is answered from the store. Raises UsageError without such tasks, ToolError when an answer could not
    be graded, and what `collect` raises.
    """
    began = time.monotonic()
    tasks = chain_tasks(ctx, split)
    if not tasks:
        raise UsageError(f"pack '{ctx.pack.name}' has no {split} tasks on projects", fix="choose another pack or split")
    serving = {stage: (adapters or {}).get(stage) or ctx.serving(stage) for stage in STAGES}
    seed = oracle_seed(ctx.settings.run.seed, None)
    audit_id = _identity(ctx, split, tasks, serving, seed)
    with ctx.store.read() as connection:
        known = ask_audits.audit_row(connection, audit_id)
    if known is not None and known["state"] == "finished":
        return chain_report(ctx, audit_id, serving, reused=True)
    with hold(ctx.home):
        if known is None:
            with ctx.store.write() as connection:
                write.insert(connection, "audits", [_row(ctx, audit_id, split, tasks, serving, seed)])
        answers = _Answers(ctx, Purpose(CHAIN, audit_id, None), serving, seed, {task.id: task for task in tasks})
        attempts = run_chain(tasks, answers, lambda stage: room(ctx, stage))
        _finish(ctx, audit_id, answers, attempts, seconds=time.monotonic() - began)
    return chain_report(ctx, audit_id, serving)


class _Answers:
    """Answers the chain's calls, each stage with its own model and adapter; what the store has is not asked again."""

    def __init__(
        self, ctx: Context, purpose: Purpose, adapters: Mapping[StageName, str], seed: int, tasks: Mapping[str, Task]
    ) -> None:
        self.ctx, self.purpose, self.adapters, self.seed, self.tasks = ctx, purpose, adapters, seed, tasks

    def __call__(self, stage: StageName, calls: Sequence[Call]) -> dict[Call, str]:
        wanted = {call: self.wanted(call) for call in calls}
        adapter = self.adapters[stage]
        label = f"chain: {stage}, {len(calls)} questions"
        collect(self.ctx, stage, list(wanted.values()), self.purpose, adapter, self.seed, label)
        ids = {self.sample(call): call for call in calls}
        with self.ctx.store.read() as connection:
            stored = ask_audits.completions(connection, list(ids))
        return {ids[key]: text for key, text in stored.items()}

    def wanted(self, call: Call) -> Wanted:
        return Wanted(self.tasks[call.task_id], call, GREEDY, 0.0, self.seed)

    def sample(self, call: Call) -> str:
        """The id of the call's sample."""
        adapter, base = self.adapters[call.stage], self.ctx.base(call.stage).sha256
        return sample_id(self.purpose, adapter, base, self.wanted(call))


def _identity(ctx: Context, split: Split, tasks: Sequence[Task], adapters: Mapping[StageName, str], seed: int) -> str:
    models = [(ctx.base(stage).sha256, ctx.model(stage)) for stage in STAGES]
    decoding = [
        (base, m.thinking_budget, m.max_tokens, m.context, m.by_logits, m.threshold, m.grammar) for base, m in models
    ]
    return digest(
        CHAIN, split, sorted(adapters.items()), decoding, seed, ctx.settings.grade.cases, ctx.pack.sha256,
        *(task.id for task in tasks), *ctx.sampler,
    )[:16]  # fmt: skip


def _row(
    ctx: Context, audit_id: str, split: Split, tasks: Sequence[Task], adapters: Mapping[StageName, str], seed: int
) -> dict[str, Any]:
    bases = sorted({ctx.base(stage).sha256 for stage in STAGES})
    return {
        "id": audit_id, "protocol": digest(CHAIN, split, seed, *(task.id for task in tasks))[:16], "stage": CHAIN,
        "adapter": digest(CHAIN, sorted(adapters.items())), "base_sha256": digest(*bases) if bases[1:] else bases[0],
        "split": split, "k": 1, "temperature": 0.0, "seed": seed, "pack": ctx.pack.name,
        "pack_sha256": ctx.pack.sha256, "oracle_seed": seed, "cases": ctx.settings.grade.cases, "n_tasks": len(tasks),
        "cycle_id": None, "state": "running",
    }  # fmt: skip


def _finish(ctx: Context, audit_id: str, answers: _Answers, attempts: Sequence[Attempt], *, seconds: float) -> None:
    """Writes the trajectories and the summary; an attempt whose answer was not graded leaves the audit unfinished."""
    written = {answers.sample(call): attempt for attempt in attempts if (call := _written(attempt)) is not None}
    with ctx.store.read() as connection:
        verdicts = ask_audits.verdicts(connection, list(written))
    outcomes = {attempt.task.id: verdicts[key] for key, attempt in written.items()}
    if infra := sum(kind == "infra" for kind, _ in outcomes.values()):
        raise ToolError(
            f"grading failed for {infra} of {len(written)} answers of the chain",
            fix="run `loop doctor`, then the same command again: only those are graded anew",
        )
    rows = [_trajectory(audit_id, answers, attempt, outcomes) for attempt in attempts]
    with ctx.store.write() as connection:
        write.insert(connection, "trajectories", rows, "replace")
    with ctx.store.read() as connection:
        facts = ask.rows(
            connection,
            "SELECT avg(completion_tokens) AS tokens, avg(think_tokens) AS think_tokens, list(DISTINCT tier) AS tiers,"
            " count(*) FILTER (kind = 'format_error') AS format_errors FROM v_samples WHERE audit_id = ?",
            [audit_id],
        )[0]
    low, high = wilson(sum(row["outcome"] == "pass" for row in rows), len(rows))
    with ctx.store.write() as connection:
        write.update(
            connection, "audits", audit_id, state="finished", finished=True, tier=weakest(facts["tiers"] or []),
            pass_at_1=sum(row["outcome"] == "pass" for row in rows) / len(rows), ci_low=low, ci_high=high,
            format_errors=facts["format_errors"], infra=0, tokens_per_call=facts["tokens"], seconds=seconds,
            think_tokens_per_call=facts["think_tokens"],
        )  # fmt: skip


def _written(attempt: Attempt) -> Call | None:
    """The call whose answer was graded by the oracle."""
    return next((call for call in attempt.calls if call.stage == "implementation"), None)


def _trajectory(
    audit_id: str, answers: _Answers, attempt: Attempt, outcomes: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    outcome, evidence = outcomes.get(
        attempt.task.id, (NOTHING, f"nothing was found to change after {attempt.broke_at}")
    )
    return {
        "id": trajectory_id(answers.purpose, answers.wanted(attempt.exchanges[0].call)),
        "audit_id": audit_id, "task_id": attempt.task.id, "idx": GREEDY, "route": attempt.findings.route or "",
        "outcome": outcome, "broke_at": attempt.broke_at, "evidence": evidence, "calls": len(attempt.calls),
    }  # fmt: skip


def chain_report(
    ctx: Context, audit_id: str, adapters: Mapping[StageName, str], *, reused: bool = False
) -> ChainReport:
    """A finished chain audit as the store has it."""
    with ctx.store.read() as connection:
        row = ask_audits.audit_row(connection, audit_id)
        found = ask.rows(
            connection, "SELECT * FROM v_trajectories WHERE audit_id = ? ORDER BY type, family, task_id", [audit_id]
        )
    assert row is not None
    fields = (
        "task_id", "type", "family", "route", "outcome", "broke_at", "evidence", "calls", "wrong", "format_errors",
        "completion_tokens", "think_tokens",
    )  # fmt: skip
    tasks = tuple(ChainTask(**{name: task[name] for name in fields}) for task in found)
    ci = (row["ci_low"], row["ci_high"])
    return ChainReport(audit_id, row["split"], {**adapters}, tasks, ci, row["seconds"], reused)


def wilson(passes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference"."""
    share, wide = passes / n, z * z / n
    middle = (share + wide / 2) / (1 + wide)
    reach = z * ((share * (1 - share) / n + wide / (4 * n)) ** 0.5) / (1 + wide)
    return max(0.0, middle - reach), min(1.0, middle + reach)
