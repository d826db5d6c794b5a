"""Challenger against champion: promote, reject, or say that the evidence does not reach.

`decide` is pure: the same two audits, policy and seed give the same Decision, to the last digit.

  promote       the gain is real (p < alpha), worth it (delta >= eta), and costs nothing past its margin
  reject        harm is shown, or a gain worth having is ruled out (the interval ends below eta)
  inconclusive  anything else: a hole in an audit, or too little data to tell; more of it could decide either way

A challenger that passed a honeypot is rejected, and a gain that rests on class B alone stays inconclusive (`trust`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from loop.errors import UsageError
from loop.gate.scores import AuditScores, TaskScore

if TYPE_CHECKING:
    from loop.config import GateSettings
    from loop.gate.guards import FamilyChange, Guard
    from loop.gate.permute import McNemar

Outcome = Literal["promote", "reject", "inconclusive"]


@dataclass(frozen=True)
class Policy:
    """What a promotion takes; margins and eta are absolute changes of rates. The knobs: `loop.config.GateSettings`."""

    alpha: float = 0.05
    eta: float = 0.02
    family_margin: float = 0.10
    format_margin: float = 0.02
    pass_at_k_margin: float = 0.03
    permutations: int = 10_000
    bootstrap: int = 2_000

    @classmethod
    def from_settings(cls, settings: GateSettings) -> Policy:
        return cls(**{f.name: getattr(settings, f.name) for f in fields(cls)})


@dataclass(frozen=True)
class Decision:
    """The verdict on a challenger and everything it rests on.

    delta: gain in pass@1 (mean over tasks). ci: its 95 % interval. p_value: one-sided, sign-flip by family.
    minimum_detectable_effect: the gain this pair of audits would have shown with probability 0.8, never below the
      smallest step such an audit can measure. noise_floor: standard error of an A/A comparison of the champion.
    holes: completions that were not graded, in both audits. reasons: whole sentences; the first one is the verdict.
    """

    outcome: Outcome
    delta: float
    p_value: float
    ci: tuple[float, float]
    minimum_detectable_effect: float
    noise_floor: float | None
    reasons: tuple[str, ...]
    families: tuple[FamilyChange, ...]
    guards: tuple[Guard, ...]
    greedy: McNemar
    champion: str
    challenger: str
    champion_audit: str
    challenger_audit: str
    champion_pass_at_1: float
    challenger_pass_at_1: float
    champion_greedy: float
    challenger_greedy: float
    n_tasks: int
    k: int
    holes: int
    swaps: int
    exact: bool
    policy: Policy
    seed: int

    @property
    def promoted(self) -> bool:
        return self.outcome == "promote"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON: what `loop promote --json` prints and the registry's manifest keeps."""
        return {"decision": self.outcome, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Decision:
        """Inverse of `to_json`. Raises UsageError on a document that is not one."""
        from loop.gate.guards import FamilyChange, Guard
        from loop.gate.permute import McNemar

        try:
            known = {f.name: data[f.name] for f in fields(cls)}
            known["ci"] = tuple(data["ci"])
            known["reasons"] = tuple(data["reasons"])
            known["families"] = tuple(FamilyChange(**row) for row in data["families"])
            known["guards"] = tuple(Guard(**row) for row in data["guards"])
            known["greedy"] = McNemar(**data["greedy"])
            known["policy"] = Policy(**data["policy"])
            return cls(**known)
        except (KeyError, TypeError) as error:
            raise UsageError(f"not a decision: {error}", fix="pass what Decision.to_json wrote") from error


def decide(champion: AuditScores, challenger: AuditScores, policy: Policy, seed: int) -> Decision:
    """Judges the challenger on two audits of the same tasks, seed, k and temperature.

    Raises UsageError when the audits are not of the same kind, EnvironmentFault when one of them measured nothing.
    """
    import numpy as np

    from loop.gate import estimate
    from loop.gate.bootstrap import family_index, interval
    from loop.gate.guards import family_changes, guard
    from loop.gate.permute import mcnemar, sign_flip
    from loop.gate.power import clustered_se, minimum_detectable_effect, noise_floor
    from loop.gate.reasons import Evidence, conclude
    from loop.gate.trust import believed

    old, new = pair(champion, challenger)
    holes = sum(_missing(t, champion.k) for t in (*champion.tasks, *challenger.tasks))
    names, family = family_index([t.family for t in old])
    old_rate, new_rate = estimate.pass_rates(old), estimate.pass_rates(new)
    old_greedy, new_greedy = np.array([t.greedy_pass for t in old]), np.array([t.greedy_pass for t in new])
    differences = new_rate - old_rate
    test = sign_flip(differences, family, policy.permutations, seed)
    units = len(names) if len(names) > 1 else len(old)
    step = 1.0 / (len(old) * champion.k)
    mde = max(minimum_detectable_effect(clustered_se(differences, family), units, alpha=policy.alpha), step)
    evidence = Evidence(
        delta=float(differences.mean()),
        ci=interval(differences, family, resamples=policy.bootstrap, rng=np.random.default_rng(seed)),
        test=test,
        mde=mde,
        families=family_changes(
            old_rate, new_rate, family, names, margin=policy.family_margin, alpha=policy.alpha
        ),
        guards=(
            guard(
                "format errors", estimate.format_rates(old), estimate.format_rates(new), family,
                sign=1, margin=policy.format_margin, alpha=policy.alpha,
            ),
            guard(
                f"pass@{champion.k}", estimate.any_pass_rates(old, champion.k),
                estimate.any_pass_rates(new, champion.k), family,
                sign=-1, margin=policy.pass_at_k_margin, alpha=policy.alpha,
            ),
        ),
        holes=holes,
        n_tasks=len(old),
        identical=[_answers(t) for t in old] == [_answers(t) for t in new],
    )  # fmt: skip
    outcome, reasons = conclude(evidence, policy)
    decision = Decision(
        outcome=outcome,
        delta=evidence.delta,
        p_value=test.p_value,
        ci=evidence.ci,
        minimum_detectable_effect=mde,
        noise_floor=noise_floor([t.passes for t in old], [t.samples for t in old]),
        reasons=reasons,
        families=evidence.families,
        guards=evidence.guards,
        greedy=mcnemar(old_greedy, new_greedy),
        champion=champion.adapter,
        challenger=challenger.adapter,
        champion_audit=champion.audit_id,
        challenger_audit=challenger.audit_id,
        champion_pass_at_1=float(old_rate.mean()),
        challenger_pass_at_1=float(new_rate.mean()),
        champion_greedy=float(old_greedy.mean()),
        challenger_greedy=float(new_greedy.mean()),
        n_tasks=len(old),
        k=champion.k,
        holes=holes,
        swaps=test.swaps,
        exact=test.exact,
        policy=policy,
        seed=seed,
    )
    return believed(decision, champion, challenger, lambda old, new: decide(old, new, policy, seed))


def pair(champion: AuditScores, challenger: AuditScores) -> tuple[tuple[TaskScore, ...], tuple[TaskScore, ...]]:
    """The tasks that both audits measured, in one order. Raises UsageError when the audits are not comparable."""
    from loop.gate.estimate import measured

    for name in ("split", "k", "temperature", "seed"):
        ours, theirs = getattr(champion, name), getattr(challenger, name)
        if ours != theirs:
            raise UsageError(
                f"the audits differ in {name}: {ours} for the champion, {theirs} for the challenger",
                fix="audit both under the same settings: loop audit --adapter champion, then the challenger",
            )
    tasks = [{t.task_id: t for t in scores.tasks} for scores in (champion, challenger)]
    for scores, by_id in zip((champion, challenger), tasks, strict=True):
        if len(by_id) != len(scores.tasks):
            raise UsageError(f"audit {scores.audit_id} lists a task twice", fix="audit it again")
    if tasks[0].keys() != tasks[1].keys():
        odd = sorted(tasks[0].keys() ^ tasks[1].keys())
        raise UsageError(
            f"the audits are not of the same tasks: {len(odd)} are in one only, {odd[0]} for example",
            fix="audit champion and challenger on the same pack and split",
        )
    moved = [i for i in tasks[0] if tasks[0][i].family != tasks[1][i].family]
    if moved:
        raise UsageError(f"task {moved[0]} has another family in each audit", fix="audit both with the same pack")
    shared = {t.task_id for t in measured(champion)} & {t.task_id for t in measured(challenger)}
    if not shared:
        raise UsageError("no task was graded in both audits", fix="run `loop doctor`, then audit both again")
    order = sorted(shared)
    return tuple(tasks[0][i] for i in order), tuple(tasks[1][i] for i in order)


def _missing(task: TaskScore, k: int) -> int:
    """Completions without a grade: infra ones, whether or not they were counted as samples."""
    return max(task.infra, k - task.samples)


def _answers(task: TaskScore) -> tuple[int, bool, int]:
    return task.passes, task.greedy_pass, task.format_errors
