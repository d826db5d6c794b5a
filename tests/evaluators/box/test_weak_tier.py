"""Tier weak: no namespaces, only by name. The same canaries are tried, and the tree still ends with its grader."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluators.box.process_tree import runs, tree_use
from evaluators.box.sandbox import FOLDER, remove_stale_folders
from evaluators.box.tiers import probe
from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec
from evaluators.verdict import Kind

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def weak(oracle_cache: Path) -> Iterator[Oracles]:
    with Oracles(cache_dir=oracle_cache, cases=12, sandbox="weak", workers=1) as opened:
        yield opened


def test_what_it_promises_is_proved(weak: Oracles, oracle_cache: Path) -> None:
    report = probe(oracle_cache, "weak")
    assert report.tier == weak.tier == "weak"
    assert all(canary.held for canary in report.canaries)


def test_auto_never_takes_it(weak: Oracles, oracle_cache: Path) -> None:
    assert probe(oracle_cache, "auto").tier != "weak"


def test_verdicts_carry_it(weak: Oracles, sum_spec: FunctionSpec) -> None:
    right, wrong = (
        weak.grade(sum_spec, sum_spec.reference),
        weak.grade(sum_spec, "int total(const int *a, int n) { return n; }"),
    )
    assert (right.kind, right.tier) == (Kind.PASS, "weak")
    assert (wrong.kind, wrong.tier) == (Kind.WRONG_ANSWER, "weak")


def test_a_verdict_of_another_tier_is_not_its_own(weak: Oracles, oracle: Oracles, sum_spec: FunctionSpec) -> None:
    answer = sum_spec.reference + " /* once more */ int unused;"
    assert weak.grade(sum_spec, answer).tier == "weak"
    assert oracle.grade(sum_spec, answer).tier == oracle.tier


def test_its_processes_end_with_a_grader_that_is_killed(weak: Oracles, oracle_cache: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from evaluators.oracles.session import Oracles; "
        "from evaluators import spec; from evaluators.oracles import behaviour; behaviour.CPU_SECONDS = 60.0; "
        "s = spec.FunctionSpec('g', 'int', (spec.Param('x', 'int', 'scalar'),), 'int g(int x) { return x; }'); "
        "o = Oracles(cache_dir=Path(sys.argv[1]), sandbox='weak', workers=1); o.grade(s, s.reference); "
        "print('up', flush=True); o.grade(s, 'int g(int x) { for (;;) { } return x; }')"
    )
    grader = subprocess.Popen([sys.executable, "-c", code, str(oracle_cache)], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert grader.stdout is not None
        assert grader.stdout.readline() == b"up\n"
        deadline = time.monotonic() + 30
        while len(inside := tree_use(grader.pid).pids) < 4 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(inside) >= 4  # the grader, the compiler's server, a run server and the candidate
    finally:
        grader.kill()
        grader.communicate()
    deadline = time.monotonic() + 10
    while (left := [p for p in inside if runs(p)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left
    folders = f"{FOLDER}{grader.pid}-*"
    assert list(Path(tempfile.gettempdir()).glob(folders))
    remove_stale_folders()
    assert not list(Path(tempfile.gettempdir()).glob(folders))
