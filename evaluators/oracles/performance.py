"""Class A: right as a change to a repository is, and its cost falls by the factor that is asked.

Cost is the CPU time of the candidate's process, read from the kernel outside its box as each reply comes: the process
says nothing of it, and what it does between two replies counts, whoever asked for it. The original and the candidate
are measured in turns, alone on the machine, on hidden inputs of a size where the asymptotics show, each one new - what
was kept from the call before is of no use - and compared with the original's results too. Of each input the best of
some rounds counts (noise only ever adds), and the factor is asked of every input that is not much cheaper than the
others: a short way for easy inputs does not make up for hard ones. Counting instructions would be steadier, but needs
a tracer, an emulator or performance counters, and a box has none: no ptrace, no second process, no perf_event_open.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from evaluators import spec as functions
from evaluators.box.observation import End, Limits, Observation
from evaluators.box.workshop import Workshop
from evaluators.errors import GraderFault, ReferenceBroken
from evaluators.judge import same
from evaluators.oracles import repository as changes
from evaluators.oracles.behaviour import CPU_SECONDS, Exam, judge_run, make_exam
from evaluators.oracles.protocol import Setting, Slow
from evaluators.oracles.repository import RepositoryExam, RepositoryOracle, RepositorySpec, grade_change, reference_of
from evaluators.projects.edits import EditError, apply_edits, parse_edits
from evaluators.projects.probe import header_tricks, probed_tree
from evaluators.projects.repository import Repository
from evaluators.spec import FunctionSpec
from evaluators.verdict import EVIDENCE, Kind, Verdict

ROUNDS = 3
MEASURED_CASES = 6
LEAST_SECONDS = 0.002
"""CPU time of the original's on a measured input that counts: less is not told from the driver's own."""
HARD = 0.5
"""Inputs count on which the original takes at least this share of its mean time."""
PATIENCE = 3.0
"""A candidate may use so many times the original's CPU time before it is given up."""


Costs = list[tuple[float, float]]
"""CPU seconds of the original and of the candidate by measured input."""


@dataclass(frozen=True)
class PerformanceSpec(RepositorySpec):
    """A repository that is right but slow, to be made faster without changing what it does.

    measure: a probe like `probe` (its C, includes and all) whose domains give large inputs; what it returns has to show
      what the work came to. factor: original's cost / candidate's, at least. measured_cases: inputs of one measurement.
    Raises ValueError for a factor that asks for nothing and for fewer than two inputs.
    """

    type: ClassVar[str] = "performance"
    measure: FunctionSpec = field(kw_only=True)
    factor: float = field(kw_only=True)
    measured_cases: int = field(default=MEASURED_CASES, kw_only=True)

    def __post_init__(self) -> None:
        if self.factor <= 1 or self.measured_cases < 2:
            raise ValueError(f"a factor of {self.factor} on {self.measured_cases} inputs asks for nothing")

    @property
    def sha256(self) -> str:
        """Neither probe is part of the question."""
        question = {**self.document(), "type": self.type, "probe": None, "measure": None, "measured_cases": None}
        return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()

    def document(self) -> dict[str, Any]:
        return to_json(self)


@dataclass(frozen=True)
class PerformanceExam(RepositoryExam):
    """measured: large inputs and the original's results on them. original: it as a shared object.

    right: answers' files (as hashes) that are known to be right, so that only measuring is done alone.
    """

    measured: Exam
    original: bytes
    right: dict[str, Verdict] = field(default_factory=dict)


class PerformanceOracle(RepositoryOracle):
    """Answers are edits (`evaluators.projects.edits`)."""

    def prepare(self, spec: PerformanceSpec, setting: Setting, workshop: Workshop) -> PerformanceExam:  # type: ignore[override]
        changed = reference_of(spec)
        trusted = (spec.repository, changed)
        behaviour = make_exam(spec.probe, probed_tree(spec.repository, spec.probe, trusted), setting, workshop)
        large = replace(setting, key=f"{setting.key}|measure", cases=spec.measured_cases)
        tree = probed_tree(spec.repository, spec.measure, trusted)
        measured = make_exam(spec.measure, tree, large, workshop)
        original, _ = workshop.build(tree, "plain")
        exam = PerformanceExam(spec, changed, behaviour, measured, original)
        verdict = grade_change(exam, changed, workshop, alone=True)
        if not verdict.passed:
            raise ReferenceBroken(f"the faster '{spec.probe.name}' is not right: {verdict.kind}, {verdict.evidence}")
        self._check_factor(exam, workshop)
        return exam

    def _check_factor(self, exam: PerformanceExam, workshop: Workshop) -> None:
        """Raises GraderFault when the reference misses its own factor: perhaps the machine is busy."""
        costs = _costs(exam, exam.changed, workshop)
        if isinstance(costs, Verdict):
            raise ReferenceBroken(f"the reference cannot be measured: {costs.evidence}")
        if (least := min(original for _, original, _ in _hard(costs))) < LEAST_SECONDS:
            raise ReferenceBroken(f"the original takes {least:.4f} s on an input: only {LEAST_SECONDS} s can be told")
        verdict = _judged(exam.spec, costs)
        if not verdict.passed:
            raise GraderFault(f"the reference {verdict.evidence}: the machine is busy, or the task asks too much")

    def grade(self, exam: RepositoryExam, answer: str, workshop: Workshop, *, alone: bool) -> Verdict:
        assert isinstance(exam, PerformanceExam)
        try:
            after = apply_edits(exam.spec.repository, parse_edits(answer), exam.spec.editable)
        except EditError as error:
            return Verdict(Kind.FORMAT_ERROR, error.reason[:EVIDENCE], cases_total=len(exam.behaviour.cases))
        if trick := header_tricks(exam.spec.repository, after, exam.changed, exam.measured.spec):
            return Verdict(Kind.TAMPER, trick[:EVIDENCE], cases_total=len(exam.behaviour.cases))
        behaves = exam.right.get(after.sha256) or grade_change(exam, after, workshop, alone=alone)
        if not behaves.passed:
            return behaves
        exam.right[after.sha256] = behaves
        if not alone:
            raise Slow
        costs = _costs(exam, after, workshop)
        verdict = costs if isinstance(costs, Verdict) else _judged(exam.spec, costs)
        return replace(behaves, kind=verdict.kind, evidence=verdict.evidence)


def _hard(costs: Costs) -> list[tuple[int, float, float]]:
    """(number of the input from 1, original's, candidate's) of those that count."""
    mean = sum(original for original, _ in costs) / len(costs)
    numbered = [(i, original, candidate) for i, (original, candidate) in enumerate(costs, 1)]
    return [row for row in numbered if row[1] >= HARD * mean]


def _judged(spec: RepositorySpec, costs: Costs) -> Verdict:
    """By the input on which the candidate saves least."""
    assert isinstance(spec, PerformanceSpec)
    share, at = max((candidate / original, i) for i, original, candidate in _hard(costs))
    text = f"uses {share:.2f} of the original's time on large input {at}, at most {1 / spec.factor:.2f} is asked"
    return Verdict(Kind.PASS if share * spec.factor <= 1 else Kind.WRONG_ANSWER, text)


def _costs(exam: PerformanceExam, after: Repository, workshop: Workshop) -> Costs | Verdict:
    """CPU seconds by input, or what is wrong with the candidate on them. Raises GraderFault."""
    assert isinstance(exam.spec, PerformanceSpec)
    tree = probed_tree(after, exam.spec.measure, (exam.spec.repository, exam.changed))
    candidate, failure = workshop.build(tree, "plain")
    if failure:
        return failure
    rounds = []
    for _ in range(ROUNDS):
        original = _measured(exam, exam.original, exam.measured.limits.cpu, workshop)
        if isinstance(original, Verdict):
            raise GraderFault(f"the original fails on a measured input: {original.evidence}")
        cost = _measured(exam, candidate, PATIENCE * sum(original), workshop)
        if isinstance(cost, Verdict):
            return cost
        rounds.append((original, cost))
    best = [[min(times) for times in zip(*runs, strict=True)] for runs in zip(*rounds, strict=True)]
    return list(zip(*best, strict=True))


def _measured(
    exam: PerformanceExam, shared_object: bytes, patience: float, workshop: Workshop
) -> list[float] | Verdict:
    """CPU seconds of one run by input, or its verdict when it is not right. Raises GraderFault."""
    measured = exam.measured

    def accept(i: int, seen: Observation) -> bool:
        return same(measured.spec, measured.expected[i], seen)

    limits = Limits(cpu=max(CPU_SECONDS, patience), wall=30.0, measure=True)
    run = workshop.observe(shared_object, measured.spec, measured.cases, limits, "plain", accept)
    if run.end is End.SLOW:
        raise GraderFault("a measurement took too long without using its CPU time: the machine is busy")
    if run.end is End.TIMEOUT:
        return Verdict(Kind.TIMEOUT, "on a large input it takes several times as long as the original")
    if run.end is End.STOPPED:
        return Verdict(Kind.WRONG_ANSWER, f"on large input {len(run.observations)} its result is not the original's")
    verdict = judge_run(measured, run, "plain")
    if not verdict.passed:
        return replace(verdict, evidence=f"on large inputs: {verdict.evidence}"[:EVIDENCE])
    return run.case_cpu


def to_json(spec: PerformanceSpec) -> dict[str, Any]:
    return {
        **changes.to_json(spec),
        "measure": functions.to_json(spec.measure),
        "factor": spec.factor,
        "measured_cases": spec.measured_cases,
    }


def from_json(data: dict[str, Any]) -> PerformanceSpec:
    """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on a malformed document."""
    change = changes.from_json(data)
    return PerformanceSpec(
        change.repository,
        change.probe,
        change.reference,
        change.editable,
        measure=functions.from_json(data["measure"]),
        factor=float(data["factor"]),
        measured_cases=int(data.get("measured_cases", MEASURED_CASES)),
    )
