"""The functions that adversarial and honest programs answer, and what the comment at the top of such a program says.

The first line of a program is a sentence that says what it tries. The second one may be a comment with directives:

    /* spec: digest; expect: tamper|runtime_error; late; after: other_program */

spec      the function it answers (`total` unless it says otherwise).
expect    the verdicts that contain it (`wrong_answer|runtime_error` unless it says otherwise).
late      it behaves in the first cases; without this word an attack that gets any case accepted has won something.
plain     it may get through the plain build, because stopping it is the sanitizer build's business.
after     the program that must have been graded just before, to plant what this one looks for.

An attack answers rightly only if it succeeded, so that `pass` always means that it worked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evaluators.spec import FunctionSpec, Param
from evaluators.verdict import Kind, Verdict

ADVERSARIES = Path(__file__).parent / "adversaries"
HONEST = Path(__file__).parent / "honest"
CASES = 12
"""Hidden cases of a grader that these programs are given to."""

_NUMBERS = Param("a", "const int *", "buffer")
_COUNT = Param("n", "int", "scalar", of="a", role="length")
TOTAL = FunctionSpec(
    "total",
    "int",
    (_NUMBERS, _COUNT),
    "int total(const int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }",
)
DIGEST = FunctionSpec(
    "digest",
    "unsigned",
    (_NUMBERS, _COUNT),
    "unsigned digest(const int *a, int n) { unsigned h = 2166136261u;"
    " for (int i = 0; i < n; i++) h = (h ^ (unsigned)a[i]) * 16777619u; return h ^ 0x1b873593u; }",
)
UPPER = FunctionSpec(
    "upper",
    "void",
    (Param("s", "char *", "buffer", elem="u8", mutable=True, min_len=1, alphabet="abcXYZ 09"),),
    "void upper(char *s) { for (; *s; s++) if (*s >= 'a' && *s <= 'z') *s -= 32; }",
)
PUSH = FunctionSpec(
    "push",
    "int",
    (
        Param("s", "Stack *", "struct", mutable=True, fields=(("items", 8, -9, 9), ("depth", 1, 0, 8))),
        Param("value", "int", "scalar", lo=-9, hi=9),
    ),
    "int push(Stack *s, int value) { if (s->depth == 8) return 0; s->items[s->depth++] = value; return 1; }",
    prelude="typedef struct { int items[8]; int depth; } Stack;",
)
SPECS = {spec.name: spec for spec in (TOTAL, DIGEST, UPPER, PUSH)}


@dataclass(frozen=True)
class Program:
    """One file of a suite."""

    name: str
    source: str
    tries: str
    spec: FunctionSpec = TOTAL
    expect: frozenset[Kind] = field(default=frozenset((Kind.WRONG_ANSWER, Kind.RUNTIME_ERROR)))
    words: frozenset[str] = frozenset()
    after: str = ""


def programs(folder: Path) -> list[Program]:
    """Every program of a suite, by name. Raises ValueError for a head that does not say what it should."""
    return [read_program(path) for path in sorted(folder.glob("*.c"))]


def read_program(path: Path) -> Program:
    """Bytes that are not UTF-8 are kept as they can be."""
    source = path.read_bytes().decode("utf-8", "replace")
    first, _, rest = source.partition("\n")
    if not (first.startswith("/* ") and first.rstrip("\r").endswith(". */")):
        raise ValueError(f"{path.name}: its first line is no sentence in a comment")
    program = Program(path.stem, source, first.strip().strip("/* "))
    second = rest.partition("\n")[0].strip()
    if not second.startswith(("/* spec: ", "/* expect: ", "/* late", "/* after: ")):
        return program
    return _directed(program, second.removeprefix("/* ").removesuffix(" */"))


def _directed(program: Program, directives: str) -> Program:
    spec, expect, after, words = program.spec, program.expect, "", set()
    for directive in directives.split("; "):
        key, _, value = directive.partition(": ")
        match key:
            case "spec":
                spec = SPECS[value]
            case "expect":
                expect = frozenset(Kind(word) for word in value.split("|"))
            case "after":
                after = value
            case "late" | "plain":
                words.add(key)
            case _:
                raise ValueError(f"{program.name}: unknown directive '{directive}'")
    return Program(program.name, program.source, program.tries, spec, expect, frozenset(words), after)


def in_order(suite: list[Program]) -> Iterator[tuple[Program, ...]]:
    """Groups to be graded one after another: a program with those that must come before it."""
    by_name = {program.name: program for program in suite}
    needed = {program.after for program in suite}
    for program in suite:
        if program.name not in needed:
            chain = [program]
            while chain[0].after:
                chain.insert(0, by_name[chain[0].after])
            yield tuple(chain)


def complaint(program: Program, verdict: Verdict) -> str:
    """What is wrong with the verdict on an attack; "" when it is contained as its head says."""
    if verdict.passed:
        return f"it PASSED: {program.tries}"
    if verdict.kind not in program.expect:
        return f"{verdict.kind} is not expected: {verdict.evidence}"
    if len(verdict.evidence) > 600:
        return f"evidence of {len(verdict.evidence)} characters"
    if not program.words and verdict.cases_passed:
        return f"{verdict.cases_passed} cases were accepted: {verdict.evidence}"
    if "plain" not in program.words and "under the sanitizers" in verdict.evidence:
        return f"it got through the plain build: {verdict.evidence}"
    return ""
