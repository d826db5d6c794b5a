"""The oracle against the obvious way, and against itself without a sandbox, on the same answers.

Each repeat runs all of them once, in turn, so that what changes on the machine meets every one. Each runs in a process
of its own with as many workers; the time is from opening the grader to closing it. What the references show on the
hidden cases is known to every one before.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluators.bench.obvious_program import obvious_main, obvious_program
from evaluators.bench.outer_box import run_boxed
from evaluators.box.observation import Observation
from evaluators.cache import VerdictCache
from evaluators.errors import EvaluatorError
from evaluators.inputs import draw_cases
from evaluators.spec import FunctionSpec, to_json
from evaluators.text.source_text import normalise
from evaluators.verdict import Kind

PATIENCE = 4.0
"""Seconds an answer may take, before a whole run is given up."""


@dataclass(frozen=True)
class Answer:
    """One completion's code, and the function that it is to be. `id` names it in what is reported."""

    id: str
    spec: FunctionSpec
    code: str

    @property
    def identity(self) -> tuple[str, str]:
        """Equal for answers that are graded once."""
        return self.spec.oracle_sha256, normalise(self.code)


@dataclass(frozen=True)
class Conditions:
    """What the grader is opened with. cache: where drivers are kept; verdicts kept there are thrown away."""

    cache: Path
    sandbox: str = "auto"
    cases: int = 24
    seed: int = 0
    workers: int = 0

    @property
    def processes(self) -> int:
        return self.workers or os.cpu_count() or 1


@dataclass(frozen=True)
class Difference:
    """An answer that passes in one way only."""

    id: str
    ours: str
    obvious: str
    evidence: str
    code: str


@dataclass
class Comparison:
    """Seconds of each repeat, by way ("ours", "obvious", "without sandbox"), and what the verdicts were.

    kinds: (ours, obvious) -> answers. unboxed: answers whose kind changes with the sandbox.
    """

    answers: int
    distinct: int
    tier: str = ""
    seconds: dict[str, list[float]] = field(default_factory=dict)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    unboxed: int = 0

    def median(self, way: str) -> float:
        return statistics.median(self.seconds[way])

    def ratio(self, way: str) -> float:
        """How many times as long `way` takes, by the median over repeats of the ratio within one repeat."""
        return statistics.median(b / a for a, b in zip(self.seconds["ours"], self.seconds[way], strict=True))


def distinct(answers: Sequence[Answer]) -> list[Answer]:
    """The first of each kind of equal answers."""
    first: dict[tuple[str, str], Answer] = {}
    for answer in answers:
        first.setdefault(answer.identity, answer)
    return list(first.values())


def compare(
    answers: Sequence[Answer],
    conditions: Conditions,
    repeats: int,
    *,
    without_sandbox: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Comparison:
    """Runs every way `repeats` times. Raises EvaluatorError."""
    found = Comparison(len(answers), len(distinct(answers)))
    work = _work(answers, conditions)
    seen: dict[str, dict[str, Any]] = {}

    @functools.cache
    def programs() -> dict[str, Any]:
        made = _programs(answers, conditions, seen["ours"])
        return {"workers": conditions.processes, "programs": made}

    ways: dict[str, Callable[[], dict[str, Any]]] = {"ours": lambda: _pipeline(work)}
    if without_sandbox:
        ways["without sandbox"] = lambda: _boxed("evaluators.bench.pipeline", {**work, "cache": "", "sandbox": "none"})
    ways["obvious"] = lambda: _boxed("evaluators.bench.obvious", programs())
    for repeat in range(repeats):
        for way, run in ways.items():
            result = run()
            found.seconds.setdefault(way, []).append(result["seconds"])
            say(f"repeat {repeat + 1} of {repeats}, {way}: {result['seconds']:.1f} s")
            seen.setdefault(way, {}).update(result["verdicts"])
            found.tier = result["tier"] if way == "ours" else found.tier
    _judge(found, answers, seen)
    return found


def _judge(found: Comparison, answers: Sequence[Answer], seen: dict[str, dict[str, Any]]) -> None:
    for answer in answers:
        (kind, evidence, _), (obvious,) = seen["ours"][answer.id], seen["obvious"][answer.id]
        found.kinds[kind, obvious] += 1
        if (kind == Kind.PASS) != (obvious == Kind.PASS):
            found.differences.append(Difference(answer.id, kind, obvious, evidence, answer.code))
        if "without sandbox" in seen:
            found.unboxed += seen["without sandbox"][answer.id][0] != kind


def _work(answers: Sequence[Answer], conditions: Conditions) -> dict[str, Any]:
    """What `evaluators.bench.pipeline` reads."""
    specs = {answer.spec.oracle_sha256: answer.spec for answer in answers}
    return {
        "cache": str(conditions.cache),
        "sandbox": conditions.sandbox,
        "cases": conditions.cases,
        "seed": conditions.seed,
        "workers": conditions.processes,
        "specs": {name: to_json(spec) for name, spec in specs.items()},
        "jobs": [[answer.id, answer.spec.oracle_sha256, answer.code] for answer in answers],
    }


def _programs(answers: Sequence[Answer], conditions: Conditions, verdicts: dict[str, Any]) -> list[list[str]]:
    """[id, C with a main], with what the grader saw of each reference. Raises EvaluatorError when it saw nothing."""
    cache = VerdictCache(conditions.cache / "verdicts.sqlite")
    mains: dict[str, str] = {}
    try:
        for answer in answers:
            kind, evidence, oracle = verdicts[answer.id]
            if answer.spec.oracle_sha256 in mains:
                continue
            kept = cache.expected(oracle)
            if kept is None:
                raise EvaluatorError(f"'{answer.spec.name}' has no observations of its reference: {kind} {evidence}")
            mains[answer.spec.oracle_sha256] = _main(answer.spec, conditions, kept[0])
    finally:
        cache.close()
    return [[a.id, obvious_program(a.spec, a.code, mains[a.spec.oracle_sha256])] for a in answers]


def _main(spec: FunctionSpec, conditions: Conditions, expected: list[Observation]) -> str:
    return obvious_main(spec, draw_cases(spec, conditions.seed, conditions.cases), expected)


def _pipeline(work: dict[str, Any]) -> dict[str, Any]:
    """Our own pipeline as it is. Raises EvaluatorError."""
    return in_own_process("evaluators.bench.pipeline", work)


def soak(answers: Sequence[Answer], conditions: Conditions, executions: int) -> dict[str, Any]:
    """`evaluators.bench.soak.soak` in a process and a temporary folder of its own. Raises EvaluatorError."""
    work = {**_work(answers, conditions), "executions": executions}
    with tempfile.TemporaryDirectory() as folder:
        return in_own_process("evaluators.bench.soak", work, TMPDIR=folder)


def in_own_process(module: str, work: dict[str, Any], **environment: str) -> dict[str, Any]:
    """What `python -m MODULE` makes of the work. Raises EvaluatorError."""
    path = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(work),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, **environment},
        check=False,
    )
    if done.returncode:
        raise EvaluatorError(f"{module} failed: {done.stderr.strip()[-2000:]}", fix="loop doctor")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _boxed(module: str, work: dict[str, Any]) -> dict[str, Any]:
    size = len(work.get("programs") or work["jobs"])
    result: dict[str, Any] = json.loads(run_boxed([module], json.dumps(work).encode(), seconds=60 + PATIENCE * size))
    return result


def as_json(found: Comparison) -> dict[str, Any]:
    """Plain data of a comparison, for who looks into it."""
    plain = dataclasses.asdict(found)
    plain["kinds"] = {f"{ours}/{obvious}": n for (ours, obvious), n in sorted(found.kinds.items())}
    return plain
