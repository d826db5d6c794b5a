"""What the gate must not be taken in by, with a real model, compiler and trainer.

same        an adapter against itself, twenty times on one audit set: nothing is promoted
shuffled    an adapter trained on answers that were dealt out to the wrong questions: not promoted
leaked      an adapter trained on the audit tasks' own answers: the audit is taken in, the vault tells

Each has a home of its own under LOOP_HOME/studies/controls, and what is sampled there is not sampled again.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.cycle.audit import audit, audit_first_look, grow
from loop.cycle.begin import begin_or_resume, opened
from loop.cycle.context import Context, open_context
from loop.cycle.judge import judge
from loop.cycle.records import BASE, AuditReport, Dataset
from loop.cycle.run import run_cycle
from loop.cycle.seeds import derive
from loop.cycle.train import train
from loop.gate.attempt import Attempt, Past, looks, share
from loop.home import open_home
from loop.inference.chat import render_completion
from loop.report.progress import Reporter
from loop.stage_names import StageName
from loop.store import ask, ask_audits
from loop.training.examples import Example, to_lines
from loop.training.process import ProcessTrainer
from loop.training.trainer import TrainResult, TrainSpec

if TYPE_CHECKING:
    from loop.config import Settings
    from loop.gate.decision import Decision, Policy
    from loop.gate.scores import AuditScores

STAGE: StageName = "implementation"
LEAKED_EPOCHS = 12.0  # enough to learn the audit's answers by heart
EVIDENT = 2.0  # standard errors of the gap, from which on it is no accident


@dataclass(frozen=True)
class Found:
    """What became of a control. held: the gate, or for `leaked` the vault, was not taken in. says: one line, with its
    figures, which `figures` has as data."""

    control: str
    held: bool
    says: str
    figures: dict[str, Any]


def control(name: str, settings: Settings, root: Path, reporter: Reporter, *, attempts: int) -> Found:
    """Runs one of "same", "shuffled", "leaked". Raises what cycles and audits raise."""
    if name == "same":
        return same(settings, root, reporter, attempts=attempts)
    return (shuffled if name == "shuffled" else leaked)(settings, root, reporter)


def same(settings: Settings, root: Path, reporter: Reporter, *, attempts: int = 20) -> Found:
    """The base is audited under `attempts` + 1 seeds, and each audit is judged against the one before it, with the
    ledger's shares."""
    from loop.gate.decision import Policy

    policy = Policy.from_settings(settings.gate)
    decisions: list[Decision] = []
    with open_context(settings, open_home(root / "same"), reporter) as ctx:
        audits = [
            audit(ctx, BASE, stage=STAGE, seed=derive(settings.run.seed, "same", i), upto=settings.audit.first)
            for i in range(attempts + 1)
        ]
        for number in range(1, attempts + 1):
            past = [Past(decision.alpha, decision.promoted) for decision in decisions]
            attempt = Attempt(number, share(past, policy), looks(settings.audit.k, settings.audit.first))
            decisions.append(_against_itself(ctx, attempt, audits[number - 1], audits[number], policy))
    promoted = sum(decision.promoted for decision in decisions)
    asked = sum(decision.k + 1 for decision in decisions) / (len(decisions) * (settings.audit.k + 1))
    least = min(decision.p_value for decision in decisions)
    return Found(
        "same",
        promoted == 0,
        f"same: {promoted} of {attempts} attempts promoted; smallest p {least:.4f}, {asked:.2f} of the fixed audits' "
        f"completions; {sum(d.delta > 0 for d in decisions)} times the score went up",
        {"promoted": promoted, "cost": asked, "decisions": [_figures(decision) for decision in decisions]},
    )


def _against_itself(ctx: Context, attempt: Attempt, old: AuditReport, new: AuditReport, policy: Policy) -> Decision:
    """Look by look. The gate pairs audits of one seed, and refuses an adapter that serves: the other audit is given the
    first one's seed and another name."""
    from loop.gate.decision import decide

    seen: list[tuple[AuditScores, AuditScores]] = []
    for k in attempt.looks:
        for report in (old, new):
            grow(ctx, report.audit_id, k)
        with ctx.store.read() as connection:
            ours, theirs = (ask_audits.audit_scores(connection, report.audit_id, k) for report in (old, new))
        pair = ours, replace(theirs, seed=ours.seed, adapter="again")
        decision = decide(*pair, policy, attempt.number, attempt=attempt, earlier=seen)
        if decision.settled:
            return decision
        seen.append(pair)
    raise AssertionError("the last look is always settled")


class ShuffledTrainer:
    """Trains for real, on answers that were dealt out to the wrong questions."""

    def __init__(self) -> None:
        self.rows = self.moved = 0

    def train(self, spec: TrainSpec, progress: Callable[[float, str], None]) -> TrainResult:
        rows = [json.loads(line) for line in spec.examples.read_text(encoding="utf-8").splitlines()]
        answers = [row["completion"] for row in rows]
        random.Random(spec.seed).shuffle(answers)
        self.rows = len(rows)
        self.moved = sum(row["completion"] != answer for row, answer in zip(rows, answers, strict=True))
        dealt = [{**row, "completion": answer} for row, answer in zip(rows, answers, strict=True)]
        shuffled = spec.examples.with_name("shuffled.jsonl")
        shuffled.write_text("".join(json.dumps(row) + "\n" for row in dealt), encoding="utf-8")
        return ProcessTrainer().train(replace(spec, examples=shuffled), progress)


def shuffled(settings: Settings, root: Path, reporter: Reporter) -> Found:
    """One cycle with a trainer that shuffles."""
    trainer = ShuffledTrainer()
    settings = replace(settings, run=replace(settings.run, stages=STAGE))
    with open_context(settings, open_home(root / "shuffled"), reporter, trainer=trainer) as ctx:
        outcome = run_cycle(ctx).stages[STAGE]
    decision = outcome.decision
    return Found(
        "shuffled",
        not decision.promoted,
        f"shuffled: {decision.outcome}, {_change(decision)}; {trainer.moved} of {trainer.rows} answers moved",
        {"rows": trainer.rows, "moved": trainer.moved, **_figures(decision)},
    )


def leaked(settings: Settings, root: Path, reporter: Reporter) -> Found:
    """Trains on what the base got right in its own audit, and looks at both splits."""
    from loop.diagnosis.gaps import gaps, pairs
    from loop.diagnosis.read import questions

    training = replace(settings.train, method="sft", epochs=LEAKED_EPOCHS, hold_back=0.0)
    settings = replace(settings, run=replace(settings.run, stages=STAGE), train=training)
    with open_context(settings, open_home(root / "leaked"), reporter) as ctx:
        cycle = opened(begin_or_resume(ctx, STAGE))
        before = audit_first_look(ctx, BASE, cycle=cycle)
        whole = grow(ctx, before.audit_id, settings.audit.k)
        vault = audit(ctx, BASE, stage=STAGE, split="vault")
        adapter = train(ctx, cycle, _leak(ctx, before.audit_id))
        after = audit_first_look(ctx, adapter.sha256, cycle=cycle)
        judged = judge(ctx, None, whole, grow(ctx, after.audit_id, settings.audit.k))
        vault_after = audit(ctx, adapter.sha256, stage=STAGE, split="vault")
        with ctx.store.read() as connection:
            found = pairs(connection, STAGE)
            ids = [row[key] for row in found for key in ("audit_id", "vault_id")]
            by_adapter = {gap.adapter: gap for gap in gaps(found, questions(connection, "audit", ids))}
    gap, scores = by_adapter[adapter.sha256], (whole.summary, judged.challenger.summary)
    vaults = vault.summary.pass_at_1, vault_after.summary.pass_at_1
    told = gap.gap > EVIDENT * gap.se
    return Found(
        "leaked",
        told,
        f"leaked: on the audit {judged.decision.outcome}, {scores[0].pass_at_1:.3f} -> {scores[1].pass_at_1:.3f}; "
        f"on the vault {vaults[0]:.3f} -> {vaults[1]:.3f}; gap {gap.gap:+.3f} (se {gap.se:.3f}, of the base "
        f"{by_adapter[BASE].gap:+.3f}): {'exposed' if told else 'NOT exposed'}",
        {"gap": gap.gap, "se": gap.se, "base_gap": by_adapter[BASE].gap, "vault": vaults, **_figures(judged.decision)},
    )


def _change(decision: Decision) -> str:
    return f"{decision.delta:+.3f} [{decision.ci[0]:+.3f}, {decision.ci[1]:+.3f}], p = {decision.p_value:.4f}"


def _figures(decision: Decision) -> dict[str, Any]:
    return {
        "outcome": decision.outcome, "delta": decision.delta, "p_value": decision.p_value, "ci": decision.ci,
        "k": decision.k, "alpha": decision.alpha, "level": decision.level,
    }  # fmt: skip


def _leak(ctx: Context, audit_id: str) -> Dataset:
    """What no harvest makes: a training set of answers to audit tasks, where training sets lie in this home."""
    with ctx.store.read() as connection:
        found = ask.rows(
            connection,
            "SELECT min(s.id) AS id, s.task_id, p.text AS prompt, s.completion FROM v_samples s"
            " JOIN prompts p ON p.sha256 = s.prompt_sha256"
            " WHERE s.audit_id = ? AND s.purpose = 'audit' AND s.kind = 'pass' GROUP BY ALL"
            " ORDER BY s.task_id, s.completion",
            [audit_id],
        )
    rows = [Example(row["prompt"], render_completion(row["completion"]), row["id"], row["task_id"]) for row in found]
    text = to_lines(rows).encode()
    manifest = hashlib.sha256(text).hexdigest()
    path = ctx.home.datasets / f"{manifest}.jsonl"
    path.write_bytes(text)
    tasks = len({row["task_id"] for row in found})
    return Dataset(STAGE, manifest, path, len(rows), tasks, len(rows), {"leaked": len(rows)})
