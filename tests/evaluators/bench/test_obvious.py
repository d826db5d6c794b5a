"""The obvious way of grading asks what the oracle asks, so that the two may be timed against each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluators.bench.grading import Answer, Comparison, Conditions, compare, distinct
from evaluators.bench.outer_box import run_boxed
from evaluators.errors import EvaluatorError
from evaluators.spec import FunctionSpec, Param

BODY = "int total(const int *a, int n) {{ int s = 0; {} return s; }}"
UPPER = FunctionSpec(
    "upper",
    "void",
    (Param("s", "char *", "buffer", elem="u8", mutable=True, alphabet="abcXYZ 09"),),
    "void upper(char *s) { for (; *s; s++) if (*s >= 'a' && *s <= 'z') *s -= 32; }",
)
PUSH = FunctionSpec(
    "push",
    "int",
    (
        Param("s", "Stack *", "struct", mutable=True, fields=(("items", 8, -9, 9), ("depth", 1, 0, 8))),
        Param("value", "unsigned", "scalar", elem="u32", lo=0, hi=2**32 - 1),
    ),
    "int push(Stack *s, unsigned value) { if (s->depth == 8) return -1; s->items[s->depth++] = (int)value; return 0; }",
    prelude="typedef struct { int items[8]; int depth; } Stack;",
)
TOTAL = {
    "right": BODY.format("while (n-- > 0) s += a[n];"),
    "wrong": BODY.format("for (int i = 1; i < n; i++) s += a[i];"),
    "overrun": BODY.format("for (int i = 0; i <= n; i++) { int v = a[i]; if (i < n) s += v; }"),
    "overflow": BODY.format("volatile int x = 0x7fffffff; x += n + 1; while (n-- > 0) s += a[n];"),
    "uninitialised": "int total(const int *a, int n) { int s; for (int i = 0; i < n; i++) s += a[i]; return s; }",
    "syntax": BODY.format("for (;"),
    "undeclared": BODY.format("s = (int)strlen((const char *)a);"),
    "no return": "int total(const int *a, int n) { int s = a[0] + n; s++; }",
    "another name": "int sum(const int *a, int n) { return a[0] + n; }",
    "crash": BODY.format("*(volatile int *)8 = 1;"),
    "endless": BODY.format("for (volatile unsigned i = 0;; i++) s = 1;"),
    "headers and noise": "#include <stdio.h>\n" + BODY.format('while (n-- > 0) s += a[n]; puts("debug");'),
    "state": BODY.replace("int s = 0", "static int s").format("while (n-- > 0) s += a[n];"),
    "its own names": BODY.replace("a,", "content0,").format("while (n-- > 0) s += content0[n];"),
    "a parameter less": "int total(const int *a) { return a[0]; }",
}


@pytest.fixture(scope="module")
def found(oracle_cache: Path, sum_spec: FunctionSpec) -> Comparison:
    answers = [Answer(name, sum_spec, code) for name, code in TOTAL.items()]
    for spec in (UPPER, PUSH):
        stub = f"{spec.signature} {{ {'' if spec.returns == 'void' else 'return 7;'} }}"
        answers += [Answer(f"{spec.name} right", spec, spec.reference), Answer(f"{spec.name} stub", spec, stub)]
    answers.append(Answer("prelude repeated", PUSH, f"{PUSH.prelude}\n{PUSH.reference}"))
    return compare(answers, Conditions(oracle_cache / "bench", cases=12), repeats=1, without_sandbox=True)


def test_both_ways_pass_and_fail_the_same(found: Comparison) -> None:
    assert found.differences == []
    assert sum(found.kinds.values()) == found.answers == len(TOTAL) + 5


def test_both_ways_see_the_same_kinds(found: Comparison) -> None:
    assert found.kinds["pass", "pass"] == 6
    assert found.kinds["compile_error", "compile_error"] == 4
    assert found.kinds["wrong_answer", "wrong_answer"] >= 4
    assert found.kinds["timeout", "timeout"] == 1
    assert found.kinds["sanitizer", "sanitizer"] >= 1


def test_a_verdict_does_not_depend_on_the_sandbox(found: Comparison) -> None:
    assert found.unboxed == 0
    assert found.tier in ("standard", "strong")


def test_every_way_is_timed_in_every_repeat(found: Comparison) -> None:
    assert {way: len(times) for way, times in found.seconds.items()} == {
        "ours": 1,
        "without sandbox": 1,
        "obvious": 1,
    }


def test_equal_answers_count_once(sum_spec: FunctionSpec) -> None:
    spaced = TOTAL["right"].replace(" ", "\n  ") + "// the sum\n"
    answers = [Answer("1", sum_spec, TOTAL["right"]), Answer("2", sum_spec, spaced), Answer("3", UPPER, spaced)]
    assert [answer.id for answer in distinct(answers)] == ["1", "3"]


def test_the_obvious_way_runs_in_its_outer_box_only() -> None:
    from evaluators.bench.obvious import main

    with pytest.raises(SystemExit, match="without a sandbox"):
        main()


def test_the_outer_box_has_no_network_no_root_and_nothing_to_write_but_its_own_tmp(tmp_path: Path) -> None:
    probe = (
        "import json, os, socket\n"
        "def tried(what):\n"
        "    try: what()\n"
        "    except OSError as error: return type(error).__name__\n"
        "    return 'done'\n"
        "network = lambda: socket.create_connection(('192.0.2.1', 80), 2)\n"
        "seen = [tried(network), len(socket.if_nameindex()), os.getuid()]\n"
        f"seen += [os.path.exists({str(tmp_path)!r}), os.access('/', os.W_OK), os.access('/tmp', os.W_OK)]\n"
        "print(json.dumps(seen))\n"
    )
    seen = json.loads(run_boxed(["timeit", "-n1", "-r1", probe], b"", seconds=60).decode().splitlines()[0])
    network, interfaces, uid, sees_host, root_writable, tmp_writable = seen
    assert network != "done"
    assert interfaces == 1
    assert uid != 0
    assert (sees_host, root_writable, tmp_writable) == (False, False, True)


def test_a_program_that_fails_in_the_outer_box_says_why() -> None:
    with pytest.raises(EvaluatorError, match="refuses to add"):
        run_boxed(["timeit", "-n1", "-r1", "raise ValueError('it refuses to add')"], b"", seconds=60)
