"""Tasks on the small repositories, and one that is a function: what the stages are tried on."""

from __future__ import annotations

from typing import Any

from evaluators.oracles.written_tests import WrittenTestsSpec
from evaluators.projects.edits import Edit, apply_edits, parse_edits, render_edits
from evaluators.projects.ground_truth import ground_truth
from evaluators.projects.repository import Repository
from evaluators.projects.variants import Variant
from evaluators.spec import FunctionSpec, Param
from loop.pipeline.budget import Room
from loop.pipeline.findings import reference_findings
from loop.pipeline.stage import Call, Findings
from loop.pipeline.stages import stage_of
from loop.stage_names import StageName
from loop.tasks.task import Task
from tests.support.repositories import BUG_FIX, CROSS_FILE_FIX, FEATURE, NEW_MODULE, REFACTORING, RING

PLENTY = Room(1_000_000, len)


def project_task(
    request: str, spec: Any, *, useful_files: tuple[str, ...] = (), useful_symbols: tuple[str, ...] = ()
) -> Task:
    if isinstance(spec, WrittenTestsSpec) and spec.answer == "file":
        after = apply_edits(spec.repository, [Edit(spec.test_files[0], "", spec.reference)])
    else:
        after = apply_edits(spec.repository, parse_edits(spec.reference))
    truth = ground_truth(spec.repository, after, request, useful_files=useful_files, useful_symbols=useful_symbols)
    return Task("projects", "small", "audit", (request,), request, spec, truth=truth)


FIX = project_task("What is pushed after a few pops overwrites memory behind the ring.", BUG_FIX)
CROSS = project_task("Long names overflow, and blanks stay around the names of sections.", CROSS_FILE_FIX)
PEEK = project_task("Add ring_peek, which shows the value at a place.", FEATURE)
MODULE = project_task("Add a module stats with stats_range.", NEW_MODULE)
TIDY = project_task("The arithmetic of places is repeated all over window.c.", REFACTORING)

_TESTS = """#include "ring.h"

int run_tests(void)
{
    struct ring ring;

    ring_init(&ring, 1);
    return ring_count(&ring);
}
"""
_EQUAL = RING.texts["src/ring.c"].replace("return ring->count;", "return 0 + ring->count;")
TESTS = project_task(
    "Write tests/new.c: run_tests returns 0 when ring_count is right.",
    WrittenTestsSpec(
        RING, ("tests/new.c",),
        (Variant("one more", (("src/ring.c", _EQUAL.replace("0 +", "1 +")),)),),
        (Variant("same", (("src/ring.c", _EQUAL),)),),
        _TESTS, answer="file",
    ),
)  # fmt: skip
FUNCTION = Task(
    "projects", "function", "audit", ("twice",), "Write int twice(int x): 2 * x for small x.",
    FunctionSpec("twice", "int", (Param("x", "int", "scalar", lo=-9, hi=9),), "int twice(int x) { return 2 * x; }"),
)  # fmt: skip
TASKS = (FIX, CROSS, PEEK, MODULE, TIDY, TESTS, FUNCTION)
PROJECTS = TASKS[:-1]


def calls(
    task: Task, stage: StageName, *, known: Findings | None = None, turn: int = 0, room: Room = PLENTY
) -> list[Call]:
    """Of a stage, given what the reference shows unless `known` is given."""
    return list(stage_of(stage).calls(task, known or reference_findings(task), turn, room))


def about(task: Task, stage: StageName, item: str, **more: Any) -> Call:
    (call,) = [call for call in calls(task, stage, **more) if call.item == item]
    return call


def with_readme_fix() -> Task:
    """A change to a file that is no C."""
    spec = BUG_FIX.__class__(RING, BUG_FIX.probe, render_edits([Edit("README.md", "# ring", "# Ring")]))
    return project_task("README.md wants a capital letter.", spec)


def repository_of_files(**texts: str) -> Repository:
    """Files by name, where `a_c` is a.c; all .c files are units."""
    files = tuple((name.replace("_", "."), text) for name, text in texts.items())
    return Repository(files, tuple(path for path, _ in files if path.endswith(".c")))
