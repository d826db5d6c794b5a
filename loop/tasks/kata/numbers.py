"""Families over a single number: its digits, its bits, the range up to it."""

from __future__ import annotations

from evaluators.spec import Param
from loop.tasks.kata import ints
from loop.tasks.kata.arrays import map_matters, noun, reduced
from loop.tasks.kata.ints import both
from loop.tasks.kata.parts import Chooser, Family, Part, Pick, Slots

HELD = ints.HELD
OVER_NUMBERS = (ints.SUM, ints.COUNT, ints.LARGEST, ints.SMALLEST, ints.FIRST, ints.LAST, ints.XOR, ints.ALTERNATING)

# --- digits, least significant first -------------------------------------------------------------

BASE = (
    Part("decimal", ("decimal digits",), ("10",)),
    Part("octal", ("octal digits",), ("8",), ("10",), 0.5),
    Part("hex", ("hexadecimal digits",), ("16",)),
)
OF_DIGITS = (
    ints.ALL,
    ints.EVEN,
    ints.ODD,
    ints.NONZERO,
    ints.ABOVE,
    ints.BELOW,
    ints.ATLEAST,
    ints.MULTIPLE,
    ints.WITHIN,
)
MAP_DIGITS = (ints.SAME, ints.SQUARE, ints.TWICE, ints.PLUS, ints.CAP, ints.FLOOR, ints.NEGATE)


def _digits_body(parts: Slots, choose: Chooser) -> list[str]:
    base = choose(parts["base"])
    fold = choose(parts["reducer"])
    step = ints.step(choose(parts["predicate"]), fold, choose(parts["map"]))
    walk = ["while (u > 0) {", f"int x = u % {base};", f"u /= {base};"]
    return [fold.declare, *walk, *step, "}", f"return {fold.result};"]


def _digits_say(parts: Slots, pick: Pick) -> str:
    what = reduced(parts, pick, noun(parts, pick, pick(parts["base"].phrases), " of u"))
    return pick((f"Return {what}.", f"Compute {what}.")) + pick(
        (" Start with the lowest digit.", " Go from the lowest digit up.")
    )


DIGITS = Family(
    "digits", "digits", "int", (Param("u", "unsigned", "scalar", elem="u32", lo=0, hi=99999999),),
    (("reducer", OVER_NUMBERS), ("predicate", OF_DIGITS), ("map", MAP_DIGITS), ("base", BASE)),
    _digits_body, _digits_say, map_matters, limit=340,
)  # fmt: skip

# --- bits ----------------------------------------------------------------------------------------

WHERE = (
    Part("anywhere", ("of u",), ("",)),
    Part("evenpos", ("of u at even positions",), ("i % 2 == 0",)),
    Part("oddpos", ("of u at odd positions",), ("i % 2 == 1", "i % 2 != 0")),
    Part("low", ("among the lowest 8 bits of u",), ("i < 8",), ("i <= 8",), 0.55),
    Part("high", ("among the highest 16 bits of u",), ("i >= 16",), ("i > 16",), 0.55),
    Part("third", ("of u at positions divisible by 3",), ("i % 3 == 0",)),
    Part("middle", ("of u at positions 8 to 23",), ("i >= 8 && i <= 23",), ("i > 8 && i < 23",), HELD),
    Part("pastfour", ("of u above position 4",), ("i > 4",)),
)
STATE = (
    Part("set", ("set bits", "one bits"), ("(u >> i & 1) == 1", "u >> i & 1")),
    Part("clear", ("clear bits", "zero bits"), ("(u >> i & 1) == 0", "!(u >> i & 1)")),
)
OF_BITS = (
    Part("count", ("Return the number of {np}",), (ints.Fold("int r = 0;", ("r++;",)),)),
    Part("possum", ("Return the sum of the positions of the {np}",), (ints.Fold("int r = 0;", ("r += i;",)),)),
    Part("parity", ("Return 1 if the number of {np} is odd, else 0",), (ints.Fold("int r = 0;", ("r ^= 1;",)),)),
    Part("highest", ("Return the position of the highest of the {np} (-1 if none)",),
         (ints.Fold("int r = -1;", ("r = i;",)),)),
    Part(
        "lowest", ("Return the position of the lowest of the {np} (-1 if none)",),
        (ints.Fold("int r = -1;", ("if (r < 0)", "r = i;")),), (ints.Fold("int r = 0;", ("if (r == 0)", "r = i;")),),
        0.55,
    ),
    Part(
        "longest", ("Return the length of the longest run of {np}",),
        (ints.Fold("int r = 0, run = 0;", ("run++;", "if (run > r)", "r = run;"), otherwise="run = 0;"),),
    ),
    Part(
        "weight", ("Return the sum of the squares of the positions of the {np}",),
        (ints.Fold("int r = 0;", ("r += i * i;",)),),
    ),
)  # fmt: skip
BITS_UP = "for (int i = 0; i < 32; i++)"
U = Param("u", "unsigned", "scalar", elem="u32", lo=0, hi=4294967295)


def _bits_body(parts: Slots, choose: Chooser) -> list[str]:
    fold = choose(parts["reducer"])
    condition = both(choose(parts["where"]), choose(parts["state"]))
    step = ints.step(condition, fold, "i")
    return [fold.declare, BITS_UP + " {", *step, "}", f"return {fold.result};"]


def _bits_say(parts: Slots, pick: Pick) -> str:
    np = pick(parts["state"].phrases) + " " + pick(parts["where"].phrases)
    return pick(parts["reducer"].phrases).replace("{np}", np) + pick((".", "; bit 0 is the lowest."))


BITS = Family(
    "bits", "bits", "int", (U,),
    (("reducer", OF_BITS), ("state", STATE), ("where", WHERE)),
    _bits_body, _bits_say, limit=200,
)  # fmt: skip

CHANGE = (
    Part("setthem", ("set",), ("r |= {m};",)),
    Part("clearthem", ("cleared",), ("r &= ~({m});",), ("r ^= {m};",), 0.55),
    Part("flip", ("flipped", "toggled"), ("r ^= {m};",)),
)
MASK = (
    Part("plain", ("",), ("1u << i",), ("1 << i",), 0.55),
    Part("pair", (" together with the bit above each",), ("3u << i",)),
)


def _mask_body(parts: Slots, choose: Chooser) -> list[str]:
    condition = both(choose(parts["where"]), choose(parts["state"]))
    store = choose(parts["change"]).replace("{m}", choose(parts["mask"]))
    return ["unsigned r = u;", BITS_UP, f"if ({condition})", store, "return r;"]


def _mask_say(parts: Slots, pick: Pick) -> str:
    who = pick(parts["state"].phrases) + " " + pick(parts["where"].phrases) + pick(parts["mask"].phrases)
    how = pick(parts["change"].phrases)
    return pick((f"Return u with the {who} {how}.", f"Return a copy of u in which the {who} are {how}."))


MASKS = Family(
    "masks", "masks", "unsigned", (U,),
    (("change", CHANGE), ("state", STATE), ("where", WHERE), ("mask", MASK)),
    _mask_body, _mask_say, limit=200,
)  # fmt: skip

# --- range: the numbers up to n ------------------------------------------------------------------

BOUND = (
    Part("upto", ("from 1 to n", "from 1 up to and including n"), ("for (int x = 1; x <= n; x++)",)),
    Part("below", ("from 0 to n - 1", "from 0 up to but without n"), ("for (int x = 0; x < n; x++)",)),
    Part("down", ("from n down to 1",), ("for (int x = n; x >= 1; x--)", "for (int x = n; x > 0; x--)"),
         ("for (int x = n; x > 1; x--)",), 0.55),
)  # fmt: skip
DIVIDES = Part(
    "divides", ("{items} that leave no rest in 60",), ("x != 0 && 60 % x == 0",), (), 0.0, (), ("a divisor of 60",),
)  # fmt: skip
OF_RANGE = (
    ints.ALL, ints.EVEN, ints.ODD, ints.ABOVE, ints.BELOW, ints.ATLEAST, ints.ATMOST, ints.MULTIPLE, ints.INDIVISIBLE,
    ints.WITHIN, DIVIDES,
)  # fmt: skip
MAP_RANGE = (
    ints.SAME,
    ints.SQUARE,
    ints.TWICE,
    ints.PLUS,
    ints.HALF,
    ints.CAP,
    ints.FLOOR,
    ints.LASTDIGIT,
    ints.NEGATE,
)


def _range_body(parts: Slots, choose: Chooser) -> list[str]:
    fold = choose(parts["reducer"])
    step = ints.step(choose(parts["predicate"]), fold, choose(parts["map"]))
    header = choose(parts["bound"])
    return [fold.declare, header + " {", *step, "}", f"return {fold.result};"]


def _range_say(parts: Slots, pick: Pick) -> str:
    what = reduced(parts, pick, noun(parts, pick, "integers", " " + pick(parts["bound"].phrases)))
    return pick((f"Return {what}.", f"Compute {what}.", f"Loop over the integers and return {what}."))


RANGE = Family(
    "range", "range", "int", (Param("n", "int", "scalar", lo=0, hi=40),),
    (("reducer", OVER_NUMBERS), ("predicate", OF_RANGE), ("map", MAP_RANGE), ("bound", BOUND)),
    _range_body, _range_say, map_matters, limit=380,
)  # fmt: skip

FAMILIES = (DIGITS, BITS, MASKS, RANGE)
