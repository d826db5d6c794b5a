"""Challenger against champion: promote, reject, or say that the evidence does not reach.

`decide` is pure: the same two audits, policy and seed give the same Decision, to the last digit.

  promote       the gain is real (p < alpha), worth it (delta >= eta), and costs nothing past its margin
  reject        harm is shown, or a gain worth having is ruled out (the interval ends below eta)
  inconclusive  anything else: a hole in an audit, or too little data to tell; more of it could decide either way

The audits may have grown over several looks (`loop.gate.attempt`): then the error is spent over them, and a decision
that is not `settled` asks for more completions. A challenger that passed a honeypot is rejected, and a gain that rests
on class B alone stays inconclusive (`trust`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from loop.errors import UsageError
from loop.gate.attempt import Attempt
from loop.gate.scores import AuditScores, TaskScore

if TYPE_CHECKING:
    from loop.config import GateSettings
    from loop.gate.guards import FamilyChange, Guard
    from loop.gate.permute import McNemar

Outcome = Literal["promote", "reject", "inconclusive"]


@dataclass(frozen=True)
class Policy:
    """What a promotion takes; margins and eta are absolute changes of rates. The knobs: `loop.config.GateSettings`.

    alpha: the chance of any false promotion in the whole history of an audit set; guard_alpha: of a guard's error.
    """

    alpha: float = 0.05
    attempts: int = 20
    attempt_alpha: float = 0.01
    guard_alpha: float = 0.05
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
    attempt, alpha, attempts_left: of this test on the audit set; looks: completions a task at which it could end; k: at
      which it was made; level: what p had to be below there. settled: more completions would not be taken.
    broken: tasks that only the champion solves, and always; anchors_broken: those of them that were broken before.
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
    alpha: float = 0.05
    level: float = 0.05
    attempt: int = 1
    attempts_left: int = 0
    looks: tuple[int, ...] = ()
    settled: bool = True
    broken: tuple[str, ...] = ()
    anchors_broken: tuple[str, ...] = ()

    @property
    def saved(self) -> float:
        """Share of the budgeted completions that were not needed, the greedy ones counted."""
        return 1 - (self.k + 1) / (self.looks[-1] + 1) if self.looks else 0.0

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
            later = {f.name for f in fields(cls) if f.default is not MISSING}  # absent in what older versions wrote
            known = {f.name: data[f.name] for f in fields(cls) if f.name in data or f.name not in later}
            for name in ("looks", "broken", "anchors_broken"):
                known[name] = tuple(known.get(name, ()))
            known["ci"] = tuple(data["ci"])
            known["reasons"] = tuple(data["reasons"])
            known["families"] = tuple(FamilyChange(**row) for row in data["families"])
            known["guards"] = tuple(Guard(**row) for row in data["guards"])
            known["greedy"] = McNemar(**data["greedy"])
            known["policy"] = Policy(**data["policy"])
            return cls(**known)
        except (KeyError, TypeError) as error:
            raise UsageError(f"not a decision: {error}", fix="pass what Decision.to_json wrote") from error


def decide(
    champion: AuditScores,
    challenger: AuditScores,
    policy: Policy,
    seed: int,
    *,
    attempt: Attempt | None = None,
    earlier: Sequence[tuple[AuditScores, AuditScores]] = (),
    anchors: Collection[str] = (),
) -> Decision:
    """Judges the challenger on two audits of the same tasks, seed, k and temperature.

    attempt: what the test may spend; without it, all of `policy.alpha` on these audits alone. earlier: the same two
    audits at the looks before this one, fewer completions first. anchors: tasks that past challengers broke.
    Raises UsageError when the audits are not of the same kind, EnvironmentFault when one of them measured nothing.
    """
    import numpy as np

    from loop.gate.bootstrap import interval
    from loop.gate.measure import guards_of, measure
    from loop.gate.power import noise_floor
    from loop.gate.reasons import Evidence, conclude
    from loop.gate.trust import believed

    laid_down, attempt = attempt, attempt or Attempt(1, policy.alpha, (champion.k,))
    found = measure(champion, challenger, policy, seed, attempt, earlier)
    old, new = found.champion, found.challenger
    families, guards = guards_of(found, champion.k, policy, len(attempt.looks))
    evidence = Evidence(
        delta=float(found.differences.mean()),
        ci=interval(found.differences, found.family, resamples=policy.bootstrap, rng=np.random.default_rng(seed)),
        test=found.test,
        level=attempt.level(champion.k),
        mde=found.minimum_detectable_effect,
        families=families,
        guards=guards,
        holes=sum(_missing(t, scores.k) for scores in (champion, challenger) for t in scores.tasks),
        n_tasks=len(old),
        identical=[_answers(t) for t in old] == [_answers(t) for t in new],
        anchors_broken=tuple(task for task in found.broken if task in anchors),
        next_look=attempt.after(champion.k),
        chance=found.chance,
    )
    outcome, reasons, settled = conclude(evidence, policy)
    decision = Decision(
        outcome=outcome,
        delta=evidence.delta,
        p_value=found.test.p_value,
        ci=evidence.ci,
        minimum_detectable_effect=found.minimum_detectable_effect,
        noise_floor=noise_floor([t.passes for t in old], [t.samples for t in old]),
        reasons=reasons,
        families=families,
        guards=guards,
        greedy=found.greedy,
        champion=champion.adapter,
        challenger=challenger.adapter,
        champion_audit=champion.audit_id,
        challenger_audit=challenger.audit_id,
        champion_pass_at_1=float(found.champion_rates.mean()),
        challenger_pass_at_1=float(found.challenger_rates.mean()),
        champion_greedy=sum(t.greedy_pass for t in old) / len(old),
        challenger_greedy=sum(t.greedy_pass for t in new) / len(new),
        n_tasks=len(old),
        k=champion.k,
        holes=evidence.holes,
        swaps=found.test.swaps,
        exact=found.test.exact,
        policy=policy,
        seed=seed,
        alpha=attempt.alpha,
        level=evidence.level,
        attempt=attempt.number,
        attempts_left=attempt.left,
        looks=laid_down.looks if laid_down else (),
        settled=settled,
        broken=found.broken,
        anchors_broken=evidence.anchors_broken,
    )

    def on_some(old: AuditScores, new: AuditScores) -> Decision:
        """The same test on some of the tasks."""
        kept = {task.task_id for task in old.tasks}
        before = [(_only(a, kept), _only(b, kept)) for a, b in earlier]
        return decide(old, new, policy, seed, attempt=laid_down, earlier=before, anchors=anchors)

    return believed(decision, champion, challenger, on_some)


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


def _only(scores: AuditScores, task_ids: Collection[str]) -> AuditScores:
    return replace(scores, tasks=tuple(task for task in scores.tasks if task.task_id in task_ids))
