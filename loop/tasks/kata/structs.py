"""Families over small structs: a bounded stack and a ring buffer."""

from __future__ import annotations

from evaluators.spec import Param
from loop.tasks.kata import ints
from loop.tasks.kata.arrays import map_matters, noun, reduced
from loop.tasks.kata.ints import fold_lines
from loop.tasks.kata.parts import Chooser, Family, Part, Pick, Slots

HELD = ints.HELD
STACK = "typedef struct {\n    int data[8];\n    int size;\n} Stack;\n"
RING = "typedef struct {\n    int data[8];\n    int head;\n    int count;\n} Ring;\n"
STACK_PARAM = Param("s", "Stack *", "struct", mutable=True, fields=(("data", 8, -20, 20), ("size", 1, 0, 8)))
RING_PARAM = Param(
    "q", "Ring *", "struct", mutable=True, fields=(("data", 8, -20, 20), ("head", 1, 0, 7), ("count", 1, 0, 8))
)
X = Param("x", "int", "scalar")
SOME = ints.PREDICATES[1:]

# --- push: with a condition, a map, and a policy when full ---------------------------------------

FULL = (
    Part("reject", ("When the stack is full, change nothing and return -1",), ("return -1;",)),
    Part("top", ("When the stack is full, overwrite the top",), ("s->size--;",)),
    Part("clear", ("When the stack is full, empty it first",), ("s->size = 0;",)),
    Part("zero", ("When the stack is full, change nothing and return 0",), ("return 0;",)),
)
IS_FULL = Part("isfull", ("",), ("s->size == 8", "s->size >= 8"), ("s->size > 8",), 0.4)


def _push_body(parts: Slots, choose: Chooser) -> list[str]:
    skip = [f"if (!({choose(parts['predicate'])}))", "return s->size;"]
    full = [f"if ({choose(IS_FULL)})", choose(parts["full"])]
    return [*skip, *full, f"s->data[s->size++] = {choose(parts['map'])};", "return s->size;"]


def _push_say(parts: Slots, pick: Pick) -> str:
    what = pick(parts["map"].nouns)
    what = "x" if what == "it" else what.replace("its", "x's").replace("of it", "of x")
    when = pick(parts["predicate"].nouns)
    first = pick((f"If x is {when}, push {what} on the stack.", f"Push {what} on the stack s when x is {when}."))
    return f"{first} {pick(parts['full'].phrases)}. Otherwise return the size."


PUSH = Family(
    "push", "push", "int", (STACK_PARAM, X),
    (("predicate", SOME), ("map", ints.MAPS), ("full", FULL)),
    _push_body, _push_say, prelude=STACK, limit=280,
)  # fmt: skip

# --- pop: while a condition holds ----------------------------------------------------------------

WHILE = (
    Part("until", ("as long as the top is {p}",), ("while (s->size > 0) {",), ("while (s->size >= 0) {",), 0.3),
    Part("three", ("at most 3 times as long as the top is {p}",), ("for (int i = 0; i < 3 && s->size > 0; i++) {",)),
    Part("leave", ("as long as the top is {p} and more than one is left",), ("while (s->size > 1) {",),
         ("while (s->size > 0) {",), 0.5),
)  # fmt: skip
OF_POPPED = (ints.SUM, ints.COUNT, ints.LARGEST, ints.SMALLEST, ints.LAST, ints.XOR, ints.FIRST)


def _pop_body(parts: Slots, choose: Chooser) -> list[str]:
    fold = choose(parts["reducer"])
    update = [line.replace("{v}", "x") for line in fold.update]
    stop = [f"if (!({choose(parts['predicate'])}))", "break;"]
    loop = [choose(parts["while"]), "int x = s->data[s->size - 1];", *stop, "s->size--;", *update, "}"]
    return [fold.declare, *loop, f"return {fold.result};"]


def _pop_say(parts: Slots, pick: Pick) -> str:
    how = pick(parts["while"].phrases).replace("{p}", pick(parts["predicate"].nouns))
    return f"Pop from the stack s {how}. Return {reduced(parts, pick, 'the popped values')}."


POP = Family(
    "pop", "pop", "int", (STACK_PARAM,),
    (("reducer", OF_POPPED), ("predicate", SOME), ("while", WHILE)),
    _pop_body, _pop_say, prelude=STACK, limit=260,
)  # fmt: skip

# --- ring: look at what is stored, oldest first --------------------------------------------------

SLOT = Part(
    "slot", ("",), ("q->data[(q->head + i) % 8]", "q->data[(q->head + i) & 7]"), ("q->data[q->head + i]",), 0.45
)


def _ring_body(parts: Slots, choose: Chooser) -> list[str]:
    item = f"int x = {choose(SLOT)};"
    fold = choose(parts["reducer"])
    return fold_lines(
        "for (int i = 0; i < q->count; i++)", item, choose(parts["predicate"]), fold, choose(parts["map"])
    )


def _ring_say(parts: Slots, pick: Pick) -> str:
    what = reduced(parts, pick, noun(parts, pick, pick(("values", "entries")), " in the ring q"))
    return pick((f"Return {what}, oldest first.", f"Walk the ring buffer from the oldest entry and return {what}."))


RINGS = Family(
    "ring", "ring", "int", (RING_PARAM,),
    (("reducer", (*ints.VALUED, ints.COUNT, ints.RUN)), ("predicate", ints.PREDICATES), ("map", ints.MAPS[:8])),
    _ring_body, _ring_say, map_matters, prelude=RING, limit=300,
)  # fmt: skip

FAMILIES = (PUSH, POP, RINGS)
