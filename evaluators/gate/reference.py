"""Does the reference behave the same however it is compiled, and however often it is run?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evaluators.box.observation import End, Limits, Observation
from evaluators.box.source_tree import single
from evaluators.box.workshop import Workshop
from evaluators.errors import GraderFault
from evaluators.gate.joint import joined, version_name
from evaluators.gate.mutation import Subjects
from evaluators.judge import difference, same
from evaluators.spec import Case, FunctionSpec

RUNS = 10
"""Times that the plain build is run."""
LIMITS = Limits(cpu=2.0, wall=30.0)


def reference_problems(workshop: Workshop, subjects: Subjects, runs: int = RUNS) -> list[str]:
    """One sentence for each build that differs, and one for a run that does. Raises GraderFault.

    Under the sanitizers the oracle itself looks at the reference.
    """
    spec, cases = subjects.spec, subjects.cases
    expected, problem = _seen(workshop, subjects, subjects.plain.shared_object, "")
    if problem:
        return [problem]
    for run in range(2, runs + 1):
        again, problem = _seen(workshop, subjects, subjects.plain.shared_object, f"in run {run}")
        if problem := problem or _differs(spec, cases, expected, again):
            return [f"the reference is flaky: run {run} of {runs}: {problem}"]
    quick = subjects.optimised
    found = [_other_build(workshop, subjects, expected, (quick.shared_object, quick.failure), "with gcc -O2")]
    if "clang" in workshop.builds:
        found.append(_other_build(workshop, subjects, expected, _by_clang(workshop, spec), "with clang"))
    return [problem for problem in found if problem]


def _by_clang(workshop: Workshop, spec: FunctionSpec) -> tuple[bytes, str]:
    """(shared object, why there is none)."""
    tree = single(joined(spec.prelude, [(0, spec.reference)]), (version_name(spec.name, 0),))
    shared_object, failure = workshop.build(tree, "clang")
    return shared_object, failure.evidence if failure else ""


def _other_build(
    workshop: Workshop, subjects: Subjects, expected: list[Observation], built: tuple[bytes, str], how: str
) -> str:
    shared_object, failure = built
    if failure:
        return f"the reference does not compile {how}: {failure}"
    seen, problem = _seen(workshop, subjects, shared_object, how)
    if problem:
        return problem
    wrong = _differs(subjects.spec, subjects.cases, expected, seen)
    return f"the reference differs {how}: {wrong}" if wrong else ""


def _seen(workshop: Workshop, subjects: Subjects, shared_object: bytes, how: str) -> tuple[list[Observation], str]:
    """What version 0, the reference, shows in a build, or what went wrong."""
    spec = replace(subjects.spec, name=version_name(subjects.spec.name, 0))
    run = workshop.observe(shared_object, spec, list(subjects.cases), LIMITS, "plain")
    if run.end is End.DONE and run.status == 0:
        return run.observations, ""
    if run.end in (End.SLOW, End.SILENT):
        raise GraderFault(f"the reference of '{spec.name}' could not be run: {run.end} {run.note}")
    text = " ".join(run.noise.decode("utf-8", "replace").split())[:200]
    return [], f"the reference ends {how} with '{run.end}' in case {len(run.observations) + 1} {text}".replace(
        "  ", " "
    )


def _differs(spec: FunctionSpec, cases: Sequence[Case], expected: list[Observation], seen: list[Observation]) -> str:
    """The first case where they differ; "" if none does."""
    for case, a, b in zip(cases, expected, seen, strict=True):
        if not same(spec, a, b):
            return difference(spec, case, a, b)
    return ""
