"""Parts over integers: predicates, maps and reducers, shared by every family that walks numbers."""

from __future__ import annotations

from dataclasses import dataclass

from loop.tasks.kata.parts import Part

HELD = 0.58  # how often a misconception is written: commoner than the right way, yet the right way is known


@dataclass(frozen=True)
class Fold:
    """A reducer's C: `{v}` is the mapped value. `otherwise` runs when the predicate fails."""

    declare: str
    update: tuple[str, ...]
    result: str = "r"
    otherwise: str = ""


def _p(key: str, plural: tuple[str, ...], single: tuple[str, ...], *right: str, **more: object) -> Part[str]:
    return Part(key, plural, right, nouns=single, **more)  # type: ignore[arg-type]


ALL = _p("all", ("{items}", "all {items}"), ("any number",), "")
EVEN = _p("even", ("even {items}", "{items} that are even"), ("even",), "x % 2 == 0", "!(x % 2)")
ODD = _p(
    "odd", ("odd {items}", "{items} that are odd"), ("odd",), "x % 2 != 0", "x % 2", wrong=("x % 2 == 1",), share=HELD
)
POSITIVE = _p("positive", ("positive {items}", "{items} above zero"), ("positive", "above zero"), "x > 0")
NEGATIVE = _p("negative", ("negative {items}", "{items} below zero"), ("negative", "below zero"), "x < 0")
NATURAL = _p(
    "natural", ("non-negative {items}", "{items} that are not negative"), ("non-negative", "not negative"),
    "x >= 0", "!(x < 0)", wrong=("x > 0",), share=HELD,
)  # fmt: skip
NONZERO = _p(
    "nonzero", ("nonzero {items}", "{items} different from zero"), ("nonzero", "different from zero"), "x != 0", "x"
)
ABOVE = _p(
    "above", ("{items} greater than {K}", "{items} above {K}"), ("greater than {K}", "above {K}"),
    "x > {K}", constants=(3, 5, 8),
)  # fmt: skip
BELOW = _p(
    "below", ("{items} less than {K}", "{items} below {K}"), ("less than {K}", "below {K}"),
    "x < {K}", constants=(2, 4, 7),
)  # fmt: skip
ATLEAST = _p(
    "atleast", ("{items} of at least {K}", "{items} not below {K}"), ("at least {K}", "not below {K}"),
    "x >= {K}", wrong=("x > {K}",), share=HELD, constants=(3, 5, 6),
)  # fmt: skip
ATMOST = _p(
    "atmost", ("{items} of at most {K}", "{items} up to and including {K}"), ("at most {K}", "up to and including {K}"),
    "x <= {K}", constants=(2, 4, 6),
)  # fmt: skip
MULTIPLE = _p(
    "multiple", ("{items} divisible by {K}", "multiples of {K} among the {items}"),
    ("divisible by {K}", "a multiple of {K}"),
    "x % {K} == 0", constants=(3, 4, 5),
)  # fmt: skip
INDIVISIBLE = _p(
    "indivisible", ("{items} not divisible by {K}", "{items} that {K} does not divide"), ("not divisible by {K}",),
    "x % {K} != 0", constants=(3, 4, 5),
)  # fmt: skip
WITHIN = _p(
    "within", ("{items} from 1 to {K} inclusive", "{items} between 1 and {K} with both ends"),
    ("from 1 to {K} inclusive",),
    "x >= 1 && x <= {K}", "1 <= x && x <= {K}", wrong=("x > 1 && x < {K}",), share=HELD, constants=(4, 6, 9),
)  # fmt: skip
OUTSIDE = _p(
    "outside", ("{items} outside 0 to {K}", "{items} below 0 or above {K}"),
    ("outside 0 to {K}", "below 0 or above {K}"),
    "x < 0 || x > {K}", constants=(4, 6, 9),
)  # fmt: skip

PREDICATES = (
    ALL, EVEN, ODD, POSITIVE, NEGATIVE, NATURAL, NONZERO, ABOVE, BELOW, ATLEAST, ATMOST, MULTIPLE, INDIVISIBLE, WITHIN,
    OUTSIDE,
)  # fmt: skip

SAME = _p("same", ("{np}",), ("it",), "x")
SQUARE = _p("square", ("the squares of {np}",), ("its square",), "x * x")
ABS = _p("abs", ("the absolute values of {np}",), ("its absolute value",), "x < 0 ? -x : x", "x > 0 ? x : -x")
TWICE = _p("twice", ("the doubles of {np}", "twice {np}"), ("its double", "twice its value"), "2 * x", "x + x")
NEGATE = _p("negate", ("the negations of {np}", "the opposites of {np}"), ("its negation", "its opposite"), "-x")
PLUS = _p(
    "plus", ("{np}, each plus {K}", "{np}, each increased by {K}"),
    ("its value plus {K}", "its value increased by {K}"),
    "x + {K}", constants=(1, 3, 7),
)  # fmt: skip
HALF = _p(
    "half", ("half of {np} (rounded toward zero)",), ("half of it (rounded toward zero)",),
    "x / 2", wrong=("x >> 1",), share=HELD,
)  # fmt: skip
LASTDIGIT = _p(
    "lastdigit", ("the last decimal digits of {np}",), ("its last decimal digit",),
    "(x < 0 ? -x : x) % 10", wrong=("x % 10",), share=HELD,
)  # fmt: skip
CAP = _p(
    "cap", ("{np}, each capped at {K}", "{np}, each limited to at most {K}"),
    ("its value capped at {K}", "its value limited to at most {K}"),
    "x > {K} ? {K} : x", "x < {K} ? x : {K}", constants=(4, 6, 9),
)  # fmt: skip
FLOOR = _p(
    "floor", ("{np}, each raised to at least {K}",), ("its value raised to at least {K}",),
    "x < {K} ? {K} : x", wrong=("x > {K} ? {K} : x",), share=HELD, constants=(0, 2, 5),
)  # fmt: skip
SIGN = _p(
    "sign",
    ("the signs (-1, 0 or 1) of {np}",),
    ("its sign (-1, 0 or 1)",),
    "(x > 0) - (x < 0)",
    "x > 0 ? 1 : x < 0 ? -1 : 0",
)

MAPS = (SAME, SQUARE, ABS, TWICE, NEGATE, PLUS, HALF, LASTDIGIT, CAP, FLOOR, SIGN)


def _r(key: str, phrases: tuple[str, ...], *right: Fold, **more: object) -> Part[Fold]:
    return Part(key, phrases, right, **more)  # type: ignore[arg-type]


SUM = _r("sum", ("the sum of {np}", "the total of {np}"), Fold("int r = 0;", ("r += {v};",)))
COUNT = _r("count", ("the number of {np}", "the count of {np}"), Fold("int r = 0;", ("r++;",)))
LARGEST = _r(
    "largest", ("the largest of {np} (0 if none)", "the maximum of {np} (0 if none)"),
    Fold("int r = 0, seen = 0;", ("int y = {v};", "if (!seen || y > r)", "r = y;", "seen = 1;")),
    wrong=(Fold("int r = 0;", ("int y = {v};", "if (y > r)", "r = y;")),), share=HELD,
)  # fmt: skip
SMALLEST = _r(
    "smallest", ("the smallest of {np} (0 if none)", "the minimum of {np} (0 if none)"),
    Fold("int r = 0, seen = 0;", ("int y = {v};", "if (!seen || y < r)", "r = y;", "seen = 1;")),
    wrong=(Fold("int r = 0;", ("int y = {v};", "if (y < r)", "r = y;")),), share=0.55,
)  # fmt: skip
FIRST = _r(
    "first", ("the first of {np} (0 if none)",),
    Fold("int r = 0, seen = 0;", ("if (!seen)", "r = {v};", "seen = 1;")),
)  # fmt: skip
LAST = _r("last", ("the last of {np} (0 if none)",), Fold("int r = 0;", ("r = {v};",)))
XOR = _r("xor", ("the bitwise xor of {np}", "the exclusive or of {np}"), Fold("int r = 0;", ("r ^= {v};",)))
ALTERNATING = _r(
    "alternating", ("the alternating sum (plus, minus, plus, ...) of {np}",),
    Fold("int r = 0, sign = 1;", ("r += sign * ({v});", "sign = -sign;")),
)  # fmt: skip
MEAN = _r(
    "mean", ("the integer mean of {np} (0 if none)", "the average of {np} in integer division (0 if none)"),
    Fold("int r = 0, c = 0;", ("r += {v};", "c++;"), "c ? r / c : 0"),
    wrong=(Fold("int r = 0, c = 0;", ("r += {v};", "c++;"), "r / c"),), share=HELD,
)  # fmt: skip
RUN = _r(
    "run", ("the length of the longest run of consecutive {np}",),
    Fold("int r = 0, run = 0;", ("run++;", "if (run > r)", "r = run;"), otherwise="run = 0;"),
)  # fmt: skip
FIRSTAT = _r(
    "firstat", ("the index of the first of {np} (-1 if none)",),
    Fold("int r = -1;", ("if (r < 0)", "r = i;")),
    wrong=(Fold("int r = 0;", ("if (r == 0)", "r = i;")),), share=0.55,
)  # fmt: skip
LASTAT = _r("lastat", ("the index of the last of {np} (-1 if none)",), Fold("int r = -1;", ("r = i;",)))

VALUED = (SUM, LARGEST, SMALLEST, FIRST, LAST, XOR, ALTERNATING, MEAN)  # look at the mapped value
UNVALUED = (COUNT, RUN, FIRSTAT, LASTAT)  # do not: a map would be idle
REDUCERS = VALUED + UNVALUED


def step(condition: str, fold: Fold, value: str) -> list[str]:
    """One item's lines: `if (condition)` around the reducer's update of `value`."""
    update = [line.replace("{v}", value) for line in fold.update]
    if not condition:
        return update
    if fold.otherwise:
        return [f"if ({condition}) {{", *update, "} else {", fold.otherwise, "}"]
    if len(update) == 1:
        return [f"if ({condition})", *update]
    return [f"if ({condition}) {{", *update, "}"]


def both(left: str, right: str) -> str:
    """Conjunction of two conditions, either of which may be empty."""
    parts = [f"({c})" if "||" in c and left and right else c for c in (left, right) if c]
    return " && ".join(parts)


def fold_lines(header: str, item: str, condition: str, fold: Fold, value: str) -> list[str]:
    """declare / loop / item / step / return."""
    return [fold.declare, header + " {", item, *step(condition, fold, value), "}", f"return {fold.result};"]
