"""The adversarial and the honest suite: no attack passes, no honest program is failed, and nothing is left outside.

The programs stand in `adversaries/` and `honest/`, one a file; their heads say what they try and what may become of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from evaluators.oracles.session import Oracles
from evaluators.verdict import EVIDENCE
from tests.evaluators.adversary_specs import ADVERSARIES, HONEST, Program, complaint, programs, read_program
from tests.evaluators.grade_folder import Outcome, grade_suites, settled
from tests.evaluators.traces import descendants, traces

REPOSITORY = Path(__file__).parents[2]
ORDINARY = 12345
"""A uid that has no account."""
ATTACKS, HONEST_PROGRAMS = programs(ADVERSARIES), programs(HONEST)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """Both suites, graded once by a grader of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOOP_SECRET_TOKEN", "hunter2")
        yield grade_suites(tmp_path_factory.mktemp("suites"))


@pytest.mark.parametrize("program", ATTACKS, ids=lambda p: p.name)
def test_an_attack_is_contained(outcome: Outcome, program: Program) -> None:
    assert complaint(program, outcome.attacks[program.name]) == ""


@pytest.mark.parametrize("program", HONEST_PROGRAMS, ids=lambda p: p.name)
def test_an_honest_program_passes(outcome: Outcome, program: Program) -> None:
    verdict = outcome.honest[program.name]
    assert verdict.passed, f"{verdict.kind}: {verdict.evidence}"


def test_an_honest_answer_passes_after_every_few_attacks(outcome: Outcome) -> None:
    failed = {name: verdict for name, verdict in outcome.between.items() if not verdict.passed}
    assert not failed
    assert len(outcome.between) > len(ATTACKS) / 10


def test_nothing_is_left_outside_the_boxes(outcome: Outcome) -> None:
    """Files, System V objects, sockets, orphans, processes and descriptors of the grader."""
    assert {what: left for what, left in outcome.left.items() if left} == {}


def test_the_suites_are_as_large_as_they_have_to_be() -> None:
    assert len(ATTACKS) >= 90
    assert len(HONEST_PROGRAMS) >= 24
    assert len({p.tries for p in ATTACKS}) == len(ATTACKS)


def test_what_an_attack_leaves_would_be_seen(tmp_path: Path) -> None:
    before = traces()
    path = Path("/tmp/loop-was-here")
    path.touch()
    try:
        assert str(path) in traces().beyond(before)
    finally:
        path.unlink()
    assert traces().beyond(before) == ""


@pytest.mark.parametrize("name", ["daemon_that_outlives_its_verdict", "parent_asleep_child_spinning", "spin_for_ever"])
def test_no_process_of_a_slow_attack_survives_its_verdict(oracle: Oracles, name: str) -> None:
    program = read_program(ADVERSARIES / f"{name}.c")
    right = "int total(const int *a, int n) { int s = 0; while (n-- > 0) s += a[n]; return s; }"
    assert oracle.grade(program.spec, right).passed
    calm = descendants()
    for i in range(3):  # another program each time, so that no verdict comes from the cache
        verdict = oracle.grade(program.spec, f"{program.source}\nint variant_{i};\n")
        assert complaint(program, verdict) == ""
    assert settled(lambda: descendants() - calm, "processes survive") == ""


@pytest.mark.parametrize("text", ["int f;", "/* no sentence */\nint f;", "/* Says it. */\n/* expect: victory */\n"])
def test_a_program_without_a_proper_head_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "program.c"
    path.write_text(text)
    with pytest.raises(ValueError):
        read_program(path)


def test_a_quarter_of_both_suites_ends_the_same_with_every_core_busy(tmp_path: Path) -> None:
    with _busy_cores():
        outcome = grade_suites(tmp_path, every=4)
    assert outcome.complaints() == {}
    assert all(len(verdict.evidence) <= EVIDENCE for verdict in outcome.attacks.values())


def test_half_of_both_suites_ends_the_same_for_an_ordinary_user(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("the tests run as an ordinary user already")
    drop = shutil.which("setpriv")
    if drop is None:
        pytest.skip("setpriv (util-linux) is not installed")
    with _home_of(ORDINARY) as home:
        identity = [drop, "--reuid", str(ORDINARY), "--regid", str(ORDINARY), "--clear-groups", "--"]
        words = [sys.executable, "-m", "tests.evaluators.grade_folder", str(home / "cache"), "2"]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(home),
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LOOP_SECRET_TOKEN": "hunter2",
        }
        if subprocess.run([*identity, sys.executable, "-c", "import evaluators"], cwd=home, env=environment).returncode:
            pytest.skip(f"uid {ORDINARY} cannot read {REPOSITORY} or {sys.executable}")
        done = subprocess.run([*identity, *words], cwd=home, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    assert said["complaints"] == {}
    assert said["uid"] == ORDINARY
    assert said["attacks"] > len(ATTACKS) / 3 and said["honest"] >= len(HONEST_PROGRAMS) // 2


@contextmanager
def _busy_cores() -> Iterator[None]:
    spin = [sys.executable, "-c", "while True: pass"]
    spinning = [subprocess.Popen(spin) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


@contextmanager
def _home_of(uid: int) -> Iterator[Path]:
    """A folder of its own for a user that cannot read pytest's."""
    home = Path(f"/tmp/loop-tests-{os.getpid()}")
    home.mkdir(mode=0o755)
    os.chown(home, uid, uid)
    try:
        yield home
    finally:
        shutil.rmtree(home)
