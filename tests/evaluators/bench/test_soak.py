"""A long run leaves nothing behind, and every candidate in it is a new one."""

from __future__ import annotations

from pathlib import Path

from evaluators.bench.grading import Answer, Conditions, soak
from evaluators.bench.soak import executions, growth, strays
from evaluators.spec import FunctionSpec
from evaluators.verdict import Kind, Verdict

BODY = "int total(const int *a, int n) {{ int s = 0; {} return s; }}"
ANSWERS = {
    "right": BODY.format("while (n-- > 0) s += a[n];"),
    "wrong": BODY.format("while (n-- > 0) s -= a[n];"),
    "syntax": BODY.format("for (;"),
    "crash": BODY.format("*(volatile int *)8 = 1;"),
}


def test_sixty_executions_leave_nothing_behind(oracle_cache: Path, sum_spec: FunctionSpec) -> None:
    answers = [Answer(name, sum_spec, code) for name, code in ANSWERS.items()]
    done = soak(answers, Conditions(oracle_cache / "bench", cases=12), 60)
    assert done["left"] == {"processes": 0, "descriptors": 0, "temporary files": 0, "stray files": 0}
    assert done["executions"] >= 60
    assert done["candidates"] == sum(done["kinds"].values())
    assert set(done["kinds"]) == {"pass", "wrong_answer", "compile_error", "runtime_error"}
    assert done["samples"][0]["processes"] > 0


def test_only_certain_executions_are_counted() -> None:
    counted = {
        Verdict(Kind.PASS): 2,
        Verdict(Kind.SANITIZER): 2,
        Verdict(Kind.WRONG_ANSWER, "f(1) gives 2, expected 3"): 1,
        Verdict(Kind.WRONG_ANSWER, "f(1) gives 2, expected 3 under the sanitizers"): 2,
        Verdict(Kind.COMPILE_ERROR): 0,
        Verdict(Kind.INFRA): 0,
    }
    assert {verdict: executions(verdict) for verdict in counted} == counted


def test_growth_compares_the_first_tenth_with_the_last() -> None:
    samples = [{"resident": n} for n in range(100)]
    assert growth(samples, "resident") == (4.5, 94.5)


def test_what_the_grader_does_not_keep_is_a_stray(tmp_path: Path) -> None:
    for name in ("verdicts.sqlite", "verdicts.sqlite-wal", "canaries.json", f"drivers/{'a' * 64}"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert strays(tmp_path) == []
    (tmp_path / "drivers" / "build-1-2.c").touch()
    (tmp_path / "secret-77").touch()
    assert strays(tmp_path) == ["drivers/build-1-2.c", "secret-77"]
