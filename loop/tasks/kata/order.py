"""Families of searching and sorting idioms."""

from __future__ import annotations

from evaluators.spec import Param
from loop.tasks.kata import ints
from loop.tasks.kata.arrays import A_INOUT, A, N
from loop.tasks.kata.ints import Fold, both, fold_lines
from loop.tasks.kata.parts import Chooser, Family, Part, Pick, Slots

HELD = ints.HELD

# --- search: elements related to a target --------------------------------------------------------

RELATED = (
    Part("equal", ("equal to t",), ("x == t",)),
    Part("above", ("greater than t",), ("x > t",)),
    Part("below", ("less than t",), ("x < t",)),
    Part("atleast", ("at least t",), ("x >= t",), ("x > t",), HELD),
    Part("atmost", ("at most t",), ("x <= t",)),
    Part("close", ("at most 2 away from t",), ("x - t <= 2 && t - x <= 2",), ("x - t <= 2",), 0.55),
    Part("opposite", ("equal to -t",), ("x == -t",)),
    Part("other", ("different from t",), ("x != t",)),
    Part("twice", ("equal to t or to t + 1",), ("x == t || x == t + 1",)),
)
AMONG = (
    Part("all", ("in a",), ("",)),
    Part("evenindex", ("at even indices of a",), ("i % 2 == 0",)),
    Part("secondhalf", ("in the second half of a (from index n / 2)",), ("i >= n / 2",), ("i > n / 2",), 0.55),
    Part("firsthalf", ("in the first half of a (below index n / 2)",), ("i < n / 2",)),
    Part("inner", ("in a, the two ends apart,",), ("i > 0 && i < n - 1",), ("i > 0 && i < n",), 0.55),
    Part(
        "rising",
        ("in a, greater than the element before them,",),
        ("i > 0 && a[i] > a[i - 1]",),
        ("a[i] > a[i - 1]",),
        HELD,
    ),
)
FOUND = (
    ints.FIRSTAT, ints.LASTAT, ints.COUNT, ints.LARGEST, ints.SMALLEST, ints.SUM,
    Part(
        "secondat", ("the index of the second of {np} (-1 if none)",),
        (Fold("int r = -1, c = 0;", ("c++;", "if (c == 2)", "r = i;")),),
    ),
    Part("indexsum", ("the sum of the indices of {np}",), (Fold("int r = 0;", ("r += i;",)),)),
)  # fmt: skip


def _search_body(parts: Slots, choose: Chooser) -> list[str]:
    condition = both(choose(parts["among"]), choose(parts["related"]))
    return fold_lines("for (int i = 0; i < n; i++)", "int x = a[i];", condition, choose(parts["found"]), "x")


def _search_say(parts: Slots, pick: Pick) -> str:
    np = f"the elements {pick(parts['among'].phrases)} that are {pick(parts['related'].phrases)}"
    what = pick(parts["found"].phrases).replace("{np}", np)
    return pick((f"Return {what}.", f"Search a and return {what}.", f"Find {what}."))


SEARCH = Family(
    "search", "search", "int", (A, N, Param("t", "int", "scalar", of="a", role="element")),
    (("found", FOUND), ("related", RELATED), ("among", AMONG)),
    _search_body, _search_say, limit=300,
)  # fmt: skip

# --- sort: by a key, in an order, a part of the array --------------------------------------------

KEY = (
    Part("value", ("by value",), ("{e}",)),
    Part("absolute", ("by absolute value",), ("({e} < 0 ? -{e} : {e})",)),
    Part("square", ("by square",), ("{e} * {e}",)),
    Part("lastdigit", ("by last decimal digit (sign ignored)",), ("({e} < 0 ? -{e} : {e}) % 10",), ("{e} % 10",), HELD),
    Part("parity", ("with the even ones before the odd ones",), ("({e} % 2 != 0)",), ("({e} % 2)",), 0.5),
    Part("half", ("by half (rounded toward zero)",), ("{e} / 2",)),
    Part("signs", ("with the negative ones after the others",), ("({e} < 0)",)),
    Part("capped", ("by value capped at 5",), ("({e} > 5 ? 5 : {e})",)),
)
DIRECTION = (
    Part("up", ("in ascending order", "upwards"), (">",), (">=",), 0.35),
    Part("down", ("in descending order", "downwards"), ("<",), ("<=",), 0.35),
)
SPAN = (
    Part("whole", ("a",), (("0", "n"),)),
    Part("butfirst", ("a without its first element",), (("1", "n"),)),
    Part("butlast", ("a without its last element",), (("0", "n - 1"),), (("0", "n"),), 0.5),
    Part("firsthalf", ("the first n / 2 elements of a",), (("0", "n / 2"),)),
    Part("secondhalf", ("a from index n / 2 on",), (("n / 2", "n"),)),
)
ROUNDS = (
    Part("full", ("Sort {span} {key} {how}, equal keys keep their order",), ("all",)),
    Part("once", ("Make one pass over {span} from the left, swapping neighbours that are not {how} {key}",), ("one",)),
)


def _sort_body(parts: Slots, choose: Chooser) -> list[str]:
    low, high = choose(parts["span"])
    key = choose(parts["key"])
    left, right = key.replace("{e}", "a[j]"), key.replace("{e}", "a[j + 1]")
    swap = [
        f"if ({left} {choose(parts['direction'])} {right}) {{",
        "int x = a[j];",
        "a[j] = a[j + 1];",
        "a[j + 1] = x;",
        "}",
    ]
    inner = f"for (int j = {low}; j + 1 < {high}; j++)"
    if choose(parts["rounds"]) == "one":
        return [inner, *swap]
    return ["for (int i = 0; i < n; i++)", inner, *swap]


def _sort_say(parts: Slots, pick: Pick) -> str:
    text = pick(parts["rounds"].phrases)
    for slot in ("span", "key"):
        text = text.replace("{" + slot + "}", pick(parts[slot].phrases))
    return text.replace("{how}", pick(parts["direction"].phrases)) + "."


SORT = Family(
    "sort", "arrange", "void", (A_INOUT, N),
    (("key", KEY), ("direction", DIRECTION), ("span", SPAN), ("rounds", ROUNDS)),
    _sort_body, _sort_say, limit=160,
)  # fmt: skip

FAMILIES = (SEARCH, SORT)
