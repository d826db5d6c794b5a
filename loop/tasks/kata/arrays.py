"""Families over int arrays: fold, pairs, matrix, update in place, keep."""

from __future__ import annotations

from evaluators.spec import Param
from loop.tasks.kata import ints
from loop.tasks.kata.ints import both, fold_lines
from loop.tasks.kata.parts import Chooser, Family, Part, Pick, Slots

HELD = ints.HELD
A = Param("a", "const int *", "buffer")
N = Param("n", "int", "scalar", of="a", role="length")
UP = "for (int i = 0; i < n; i++)"


def noun(parts: Slots, pick: Pick, items: str, where: str = "") -> str:
    """'the even elements of a': predicate over items."""
    return "the " + pick(parts["predicate"].phrases).replace("{items}", items) + where


def reduced(parts: Slots, pick: Pick, np: str) -> str:
    """'the sum of the squares of <np>'."""
    if "map" in parts:
        np = pick(parts["map"].phrases).replace("{np}", np)
    return pick(parts["reducer"].phrases).replace("{np}", np)


def map_matters(parts: Slots) -> bool:
    """A reducer that does not look at the value allows only the idle map."""
    return parts["map"].key == "same" or parts["reducer"].key in {r.key for r in ints.VALUED}


# --- fold: reduce, filter, map -------------------------------------------------------------------


def _fold_body(parts: Slots, choose: Chooser) -> list[str]:
    return fold_lines(UP, "int x = a[i];", choose(parts["predicate"]), choose(parts["reducer"]), choose(parts["map"]))


def _fold_say(parts: Slots, pick: Pick) -> str:
    what = reduced(parts, pick, noun(parts, pick, pick(("elements", "numbers", "values")), " of a"))
    return pick((f"Return {what}.", f"Compute {what}.", f"Given an array a of n numbers, return {what}."))


FOLD = Family(
    "fold", "fold", "int", (A, N),
    (("reducer", ints.REDUCERS), ("predicate", ints.PREDICATES), ("map", ints.MAPS)),
    _fold_body, _fold_say, map_matters, limit=420,
)  # fmt: skip

# --- pairs: two arrays walked together -----------------------------------------------------------

COMBINE = (
    Part("sum", ("a[i] + b[i]", "the sums a[i] + b[i]"), ("a[i] + b[i]",)),
    Part("difference", ("a[i] - b[i]", "the differences a[i] - b[i]"), ("a[i] - b[i]",)),
    Part("product", ("a[i] * b[i]", "the products a[i] * b[i]"), ("a[i] * b[i]",)),
    Part("larger", ("the larger of a[i] and b[i]",), ("a[i] > b[i] ? a[i] : b[i]",)),
    Part("smaller", ("the smaller of a[i] and b[i]",), ("a[i] < b[i] ? a[i] : b[i]",)),
    Part(
        "distance", ("the distance between a[i] and b[i]",), ("a[i] > b[i] ? a[i] - b[i] : b[i] - a[i]",),
        ("a[i] - b[i]",), HELD,
    ),
)  # fmt: skip
RELATION = (
    Part("always", ("for every i", "over all i"), ("",)),
    Part("less", ("where a[i] is less than b[i]",), ("a[i] < b[i]",)),
    Part("more", ("where a[i] is greater than b[i]",), ("a[i] > b[i]",)),
    Part("equal", ("where a[i] and b[i] are equal",), ("a[i] == b[i]",)),
    Part("differ", ("where a[i] and b[i] differ",), ("a[i] != b[i]",)),
    Part("notless", ("where a[i] is at least b[i]",), ("a[i] >= b[i]",), ("a[i] > b[i]",), HELD),
    Part("botheven", ("where both are even",), ("a[i] % 2 == 0 && b[i] % 2 == 0",), ("(a[i] + b[i]) % 2 == 0",), 0.55),
    Part("oneneg", ("where at least one is negative",), ("a[i] < 0 || b[i] < 0",), ("a[i] < 0 && b[i] < 0",), 0.55),
)
OVER_PAIRS = (ints.SUM, ints.LARGEST, ints.SMALLEST, ints.FIRST, ints.LAST, ints.XOR, ints.MEAN, ints.ALTERNATING)


def _pairs_body(parts: Slots, choose: Chooser) -> list[str]:
    item = f"int x = {choose(parts['combine'])};"
    return fold_lines(UP, item, choose(parts["relation"]), choose(parts["reducer"]), "x")


def _pairs_say(parts: Slots, pick: Pick) -> str:
    what = reduced(parts, pick, pick(parts["combine"].phrases))
    where = pick(parts["relation"].phrases)
    return pick((f"Return {what} {where}.", f"Walk a and b together and return {what} {where}."))


PAIRS = Family(
    "pairs", "pairs", "int", (A, Param("b", "const int *", "buffer", of="a"), N),
    (("reducer", OVER_PAIRS), ("combine", COMBINE), ("relation", RELATION)),
    _pairs_body, _pairs_say, limit=300,
)  # fmt: skip

# --- matrix: a region of cells -------------------------------------------------------------------

REGION = (
    Part("cells", ("in the whole matrix",), ("",)),
    Part("diagonal", ("on the main diagonal",), ("i == j",)),
    Part("upper", ("strictly above the main diagonal",), ("j > i", "i < j"), ("j >= i",), HELD),
    Part("lower", ("on or below the main diagonal",), ("j <= i", "i >= j"), ("j < i",), HELD),
    Part(
        "border", ("on the border",), ("i == 0 || j == 0 || i == rows - 1 || j == cols - 1",),
        ("i == 0 || j == 0 || i == rows || j == cols",), HELD,
    ),
    Part("evenrows", ("in rows with an even index",), ("i % 2 == 0",)),
    Part("oddcols", ("in columns with an odd index",), ("j % 2 == 1", "j % 2 != 0")),
    Part("lastcol", ("in the last column",), ("j == cols - 1",)),
    Part("lastrow", ("in the last row",), ("i == rows - 1",)),
    Part("inner", ("inside the border",), ("i > 0 && j > 0 && i < rows - 1 && j < cols - 1",)),
)  # fmt: skip
OVER_CELLS = (ints.SUM, ints.COUNT, ints.LARGEST, ints.SMALLEST, ints.FIRST, ints.LAST, ints.XOR, ints.MEAN)


def _matrix_body(parts: Slots, choose: Chooser) -> list[str]:
    fold = choose(parts["reducer"])
    condition = both(choose(parts["region"]), choose(parts["predicate"]))
    walk = ["for (int i = 0; i < rows; i++)", "for (int j = 0; j < cols; j++) {", "int x = m[i * cols + j];"]
    return [fold.declare, *walk, *ints.step(condition, fold, "x"), "}", f"return {fold.result};"]


def _matrix_say(parts: Slots, pick: Pick) -> str:
    what = reduced(parts, pick, noun(parts, pick, "cells", " " + pick(parts["region"].phrases)))
    return pick((f"The matrix m is stored row by row. Return {what}.", f"For the row-major matrix m, return {what}."))


MATRIX = Family(
    "matrix", "cells", "int",
    (
        Param("m", "const int *", "buffer", shape=("rows", "cols")),
        Param("rows", "int", "scalar", lo=0, hi=5),
        Param("cols", "int", "scalar", lo=0, hi=5),
    ),
    (("reducer", OVER_CELLS), ("predicate", ints.PREDICATES), ("region", REGION)),
    _matrix_body, _matrix_say, limit=380,
)  # fmt: skip

# --- update: change elements in place ------------------------------------------------------------

SCOPE = (
    Part("whole", ("",), (("0", "i < n", "i++"),)),
    Part("evenindex", (" at even indices",), (("0", "i < n", "i += 2"),)),
    Part("oddindex", (" at odd indices",), (("1", "i < n", "i += 2"),)),
    Part("firsthalf", (" in the first half (n / 2 elements)",), (("0", "i < n / 2", "i++"),)),
    Part("butfirst", (" after the first one",), (("1", "i < n", "i++"),)),
    Part("butlast", (" before the last one",), (("0", "i < n - 1", "i++"),), (("0", "i < n", "i++"),), 0.5),
)


def scope_header(scope: tuple[str, str, str]) -> str:
    return f"for (int i = {scope[0]}; {scope[1]}; {scope[2]})"


def _update_body(parts: Slots, choose: Chooser) -> list[str]:
    condition, value = choose(parts["predicate"]), choose(parts["map"])
    store = ["a[i] = " + value + ";"]
    inner = [f"if ({condition})", *store] if condition else store
    return [scope_header(choose(parts["scope"])) + " {", "int x = a[i];", *inner, "}"]


def _update_say(parts: Slots, pick: Pick) -> str:
    who = pick(parts["predicate"].phrases).replace("{items}", "elements") + pick(parts["scope"].phrases)
    its = pick(parts["map"].nouns)
    return pick((f"In a, replace each of the {who} by {its}.", f"Change the {who} of a in place: each becomes {its}."))


A_INOUT = Param("a", "int *", "buffer", mutable=True)
UPDATE = Family(
    "update", "update", "void", (A_INOUT, N),
    (("map", ints.MAPS[1:]), ("predicate", ints.PREDICATES), ("scope", SCOPE)),
    _update_body, _update_say, limit=320,
)  # fmt: skip

# --- keep: squeeze an array ----------------------------------------------------------------------

MODE = (
    Part("keep", ("Keep only the {who} of a, each replaced by {its}, in order",), ("{c}",)),
    Part(
        "drop",
        ("Remove the {who} from a and replace each of the others by {its}, in order",),
        ("!({c})",),
        ("{c}",),
        0.5,
    ),
)


def _keep_body(parts: Slots, choose: Chooser) -> list[str]:
    condition = choose(parts["mode"]).replace("{c}", choose(parts["predicate"]))
    value = choose(parts["map"])
    return ["int r = 0;", UP + " {", "int x = a[i];", f"if ({condition})", f"a[r++] = {value};", "}", "return r;"]


def _keep_say(parts: Slots, pick: Pick) -> str:
    who = pick(parts["predicate"].phrases).replace("{items}", "elements")
    text = pick(parts["mode"].phrases).replace("{who}", who).replace("{its}", pick(parts["map"].nouns))
    return text.replace(", each replaced by it,", ",").replace(" and replace each of the others by it,", ",") + (
        pick((". Return the new length.", "; return how many remain."))
    )


KEEP = Family(
    "keep", "squeeze", "int", (A_INOUT, N),
    (("mode", MODE), ("predicate", ints.PREDICATES[1:]), ("map", ints.MAPS)),
    _keep_body, _keep_say, limit=240,
)  # fmt: skip

FAMILIES = (FOLD, PAIRS, MATRIX, UPDATE, KEEP)
