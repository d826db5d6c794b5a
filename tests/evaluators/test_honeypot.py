"""A honeypot is passed by nobody who answers what was asked."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace

import pytest

from evaluators.honeypot import can_contradict, honeypot
from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec, Param
from evaluators.verdict import Kind
from loop.tasks.pack import load_pack
from loop.tasks.task import Task

FAMILIES: dict[str, list[Task]] = defaultdict(list)
for task in load_pack("kata").tasks:
    if task.truth is None:  # only functions become honeypots
        FAMILIES[task.family].append(task)

TEXT = Param("s", "char *", "buffer", elem="u8", mutable=True, alphabet="ab", min_len=1)
ARRAY = Param("a", "int *", "buffer", mutable=True)
LENGTH = Param("n", "int", "scalar", of="a", role="length")
SHOUT = "void shout(char *s) { for (; *s; s++) *s -= 32; }"


def kinds(oracle: Oracles, spec: FunctionSpec, *answers: str) -> list[Kind]:
    verdicts = dict(oracle.grade_many((str(i), spec, answer) for i, answer in enumerate(answers)))
    return [verdicts[str(i)].kind for i in range(len(answers))]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_right_answer_fails_and_only_the_keys_own_answer_passes(oracle: Oracles, family: str) -> None:
    for number, chosen in enumerate(random.Random(family).sample(FAMILIES[family], 2)):
        pot = honeypot(chosen.spec, number)
        found = kinds(oracle, pot, chosen.spec.reference, honeypot(chosen.spec, number + 100).reference, pot.reference)
        assert found == [Kind.WRONG_ANSWER, Kind.WRONG_ANSWER, Kind.PASS], chosen.id


def test_each_seed_gives_another_key_and_the_same_seed_the_same(sum_spec: FunctionSpec) -> None:
    assert honeypot(sum_spec, 1) == honeypot(sum_spec, 1)
    assert honeypot(sum_spec, 1).sha256 != honeypot(sum_spec, 2).sha256
    assert honeypot(sum_spec, 1).sha256 != sum_spec.sha256


def test_the_question_stays_the_same(sum_spec: FunctionSpec) -> None:
    pot = honeypot(sum_spec, 1)
    assert (pot.signature, pot.prelude, pot.params) == (sum_spec.signature, sum_spec.prelude, sum_spec.params)


def test_a_reference_that_calls_itself_goes_on_calling_itself(oracle: Oracles) -> None:
    code = "#define AGAIN fact(n - 1)\nunsigned fact(unsigned n) { return n < 2 ? 1 : n * AGAIN; }"
    spec = FunctionSpec("fact", "unsigned", (Param("n", "unsigned", "scalar", elem="u32", lo=0, hi=12),), code)
    pot = honeypot(spec, 5)
    assert kinds(oracle, pot, code, pot.reference) == [Kind.WRONG_ANSWER, Kind.PASS]


def test_members_and_types_may_bear_the_functions_name(oracle: Oracles) -> None:
    prelude = "struct push { int push; };\n"
    held = Param("p", "struct push *", "struct", mutable=True, fields=(("push", 1, 0, 9),))
    code = "void push(struct push *p) { p->push = p->push + 1; }"
    spec = FunctionSpec("push", "void", (held,), code, prelude)
    pot = honeypot(spec, 5)
    assert kinds(oracle, pot, code, pot.reference) == [Kind.WRONG_ANSWER, Kind.PASS]


def test_parameters_may_bear_any_name(oracle: Oracles) -> None:
    code = "void f(int *i, int other) { for (int x = 0; x < other; x++) i[x]++; }"
    params = (replace(ARRAY, name="i"), replace(LENGTH, name="other", of="i"))
    pot = honeypot(FunctionSpec("f", "void", params, code), 5)
    assert kinds(oracle, pot, code, pot.reference) == [Kind.WRONG_ANSWER, Kind.PASS]


def test_a_string_stays_in_its_allocation_and_differs_in_every_character(oracle: Oracles) -> None:
    spec = FunctionSpec("shout", "void", (TEXT,), SHOUT)
    pot = honeypot(spec, 5)
    assert kinds(oracle, pot, SHOUT, pot.reference) == [Kind.WRONG_ANSWER, Kind.PASS]


def test_emptying_a_string_is_contradicted_too(oracle: Oracles) -> None:
    code = "void clear(char *s) { *s = 0; }"
    pot = honeypot(FunctionSpec("clear", "void", (TEXT,), code), 5)
    assert kinds(oracle, pot, code, pot.reference) == [Kind.WRONG_ANSWER, Kind.PASS]


@pytest.mark.parametrize(
    "params",
    [
        (ARRAY, LENGTH),
        (replace(ARRAY, min_len=3),),
        (replace(ARRAY, capacity=16),),
        (Param("b", "const int *", "buffer"), replace(ARRAY, of="b"), replace(LENGTH, of="b")),
        (replace(ARRAY, shape=("r", "c")), Param("r", "int", "scalar", lo=0, hi=4), Param("c", "int", "scalar", lo=1)),
    ],
)
def test_as_much_of_a_buffer_is_altered_as_is_certain_to_be_there(oracle: Oracles, params: tuple[Param, ...]) -> None:
    bare = FunctionSpec("f", "void", params, "")
    spec = replace(bare, reference=bare.signature + " { (void)a; }")
    pot = honeypot(spec, 5)
    assert kinds(oracle, pot, spec.reference, pot.reference) == [Kind.WRONG_ANSWER, Kind.PASS]


def test_an_answer_of_which_nothing_is_certain_to_be_seen_makes_no_honeypot() -> None:
    spec = FunctionSpec("f", "void", (ARRAY,), "void f(int *a) { (void)a; }")
    assert not can_contradict(spec)
    with pytest.raises(ValueError, match="certain to be seen"):
        honeypot(spec, 1)
