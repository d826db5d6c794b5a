"""Does the reference behave the same however it is compiled, and however often it is run?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evaluators.box.observation import End, Limits, Observation
from evaluators.box.workshop import Workshop
from evaluators.errors import GraderFault
from evaluators.gate.joint import version_name
from evaluators.gate.kill_matrix import Versions
from evaluators.judge import difference, same
from evaluators.oracles.differential import function_tree
from evaluators.spec import Case, FunctionSpec

RUNS = 10
"""Times that the plain build is run."""
BUILDS = {
    "optimised": "with gcc -O2",
    "clang": "with clang",
}
"""Build -> how it is called; "clang" only counts where it is installed."""
LIMITS = Limits(cpu=2.0, wall=30.0)


def reference_problems(
    workshop: Workshop, spec: FunctionSpec, cases: Sequence[Case], plain: Versions, runs: int = RUNS
) -> list[str]:
    """One sentence for each build that differs, and one for a run that does. Raises GraderFault.

    plain: the reference's plain build (as version 0, with or without others). Under the sanitizers the oracle itself
    looks at the reference.
    """
    named = replace(spec, name=version_name(spec.name, 0))
    expected, problem = _seen(workshop, named, cases, plain.shared_object, "plain", "")
    if problem:
        return [problem]
    for run in range(2, runs + 1):
        again, problem = _seen(workshop, named, cases, plain.shared_object, "plain", f"in run {run}")
        if problem := problem or _differs(spec, cases, expected, again):
            return [f"the reference is flaky: run {run} of {runs}: {problem}"]
    found = (_other_build(workshop, spec, cases, expected, build) for build in BUILDS if build in workshop.builds)
    return [problem for problem in found if problem]


def _other_build(
    workshop: Workshop, spec: FunctionSpec, cases: Sequence[Case], expected: list[Observation], build: str
) -> str:
    shared_object, failure = workshop.build(function_tree(spec, spec.reference), build)
    if failure:
        return f"the reference does not compile {BUILDS[build]}: {failure.evidence}"
    seen, problem = _seen(workshop, spec, cases, shared_object, build, BUILDS[build])
    if problem:
        return problem
    wrong = _differs(spec, cases, expected, seen)
    return f"the reference differs {BUILDS[build]}: {wrong}" if wrong else ""


def _seen(
    workshop: Workshop, spec: FunctionSpec, cases: Sequence[Case], shared_object: bytes, build: str, how: str
) -> tuple[list[Observation], str]:
    """What it shows, or what went wrong."""
    run = workshop.observe(shared_object, spec, list(cases), LIMITS, build)
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
