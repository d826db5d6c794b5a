"""What things are called in a kata project: functions after what they do, modules after what they hold."""

from __future__ import annotations

from collections.abc import Mapping

from evaluators.spec import FunctionSpec
from loop.tasks.kata.generate import Composition

ARRAYS, TEXT, NUMBERS, STRUCTS = "arrays", "text", "numbers", "structs"
DOMAINS: Mapping[str, str] = {
    "fold": ARRAYS, "update": ARRAYS, "keep": ARRAYS, "search": ARRAYS, "pairs": ARRAYS,
    "scan": TEXT, "edit": TEXT, "remove": TEXT,
    "digits": NUMBERS, "range": NUMBERS, "bits": NUMBERS,
    "push": STRUCTS, "pop": STRUCTS, "ring": STRUCTS,
}  # fmt: skip
"""Family -> the domain of a module that holds it; the families that are not named stay functions of their own."""
MODULES: Mapping[str, tuple[str, ...]] = {
    "fold": ("array", "list", "table"),
    "scan": ("text", "words", "line"),
    "digits": ("number", "figures"),
    "push": ("stack",),
    "ring": ("ring",),
    "predicate": ("check", "filter"),
    "map": ("calc", "value"),
    "class": ("letter", "chars"),
}
"""What a module holds (a family that stands for its kind, or helpers for a slot) -> names for it."""
_KIND = {
    **{family: "fold" for family, domain in DOMAINS.items() if domain == ARRAYS},
    **{family: "scan" for family, domain in DOMAINS.items() if domain == TEXT},
    **{family: "digits" for family, domain in DOMAINS.items() if domain == NUMBERS},
    "push": "push", "pop": "push", "ring": "ring",
}  # fmt: skip
_PREFIX = {
    "fold": "", "update": "make", "keep": "", "search": "find", "pairs": "pair", "scan": "scan", "edit": "edit",
    "remove": "strip", "digits": "digit", "range": "range", "bits": "bit", "push": "push", "pop": "pop", "ring": "ring",
}  # fmt: skip
_IDLE = {"all", "same", "always", "whole", "anywhere", "plain", "decimal", "upto", "close_"}
MAP_HELPERS = {
    "square": "square", "abs": "magnitude", "twice": "twice", "negate": "negated", "half": "halved",
    "lastdigit": "last_digit", "sign": "sign_of",
}  # fmt: skip
MACROS = {
    "above": "LEVEL", "below": "BOUND", "atleast": "LEAST", "atmost": "MOST", "multiple": "STEP",
    "indivisible": "DIVISOR", "within": "TOP", "outside": "LIMIT", "plus": "EXTRA", "cap": "CEILING", "floor": "FLOOR",
}  # fmt: skip
"""Key of a part with a constant -> what a project calls that constant."""
CAPACITY = "CAPACITY"


def kind_of(composition: Composition) -> str:
    """The kind of module that holds it: compositions of one kind stand together."""
    return _KIND[composition.family.name]


def function_name(composition: Composition) -> str:
    """After its parts: the sum of the squares of the odd elements is `sum_square_odd`."""
    family = composition.family.name
    keys = [part.key for slot, part in composition.parts.items() if part.key not in _IDLE and slot != "close"]
    if family == "fold":
        reducer, predicate, change = ([part.key] for part in composition.parts.values())
        keys = [*reducer, *change, *predicate] if change != ["same"] else [*reducer, *predicate]
    named = "_".join([*([_PREFIX[family]] if _PREFIX[family] else []), *keys])
    return named if "_" in named else f"{named}_all"


def helper_name(slot: str, key: str) -> str:
    return MAP_HELPERS[key] if slot == "map" else f"is_{key}"


def signature(composition: Composition, name: str = "") -> str:
    """Under its name in a project."""
    family = composition.family
    return FunctionSpec(name or function_name(composition), family.returns, family.params, "").signature
