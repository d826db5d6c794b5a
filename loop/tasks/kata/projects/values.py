"""What small inputs of a composition come to, without running C: the tests that a reference writes expect these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from loop.tasks.kata.generate import Composition

Test = Callable[[int, int], bool]
_PREDICATES: Mapping[str, Test] = {
    "all": lambda x, k: True, "even": lambda x, k: x % 2 == 0, "odd": lambda x, k: x % 2 != 0,
    "positive": lambda x, k: x > 0, "negative": lambda x, k: x < 0, "natural": lambda x, k: x >= 0,
    "nonzero": lambda x, k: x != 0, "above": lambda x, k: x > k, "below": lambda x, k: x < k,
    "atleast": lambda x, k: x >= k, "atmost": lambda x, k: x <= k, "multiple": lambda x, k: x % k == 0,
    "indivisible": lambda x, k: x % k != 0, "within": lambda x, k: 1 <= x <= k, "outside": lambda x, k: x < 0 or x > k,
}  # fmt: skip
_MAPS: Mapping[str, Callable[[int, int], int]] = {
    "same": lambda x, k: x, "square": lambda x, k: x * x, "abs": lambda x, k: abs(x), "twice": lambda x, k: 2 * x,
    "negate": lambda x, k: -x, "plus": lambda x, k: x + k, "half": lambda x, k: abs(x) // 2 * (1 if x > 0 else -1),
    "lastdigit": lambda x, k: abs(x) % 10, "cap": lambda x, k: min(x, k), "floor": lambda x, k: max(x, k),
    "sign": lambda x, k: (x > 0) - (x < 0),
}  # fmt: skip
_NUMBERS: Mapping[str, Callable[[int], tuple[int | None, int]]] = {
    "all": lambda k: (None, -3), "even": lambda k: (3, 2), "odd": lambda k: (4, -3), "positive": lambda k: (-1, 2),
    "negative": lambda k: (1, -2), "natural": lambda k: (-1, 3), "nonzero": lambda k: (0, -3),
    "above": lambda k: (k, k + 1), "below": lambda k: (k, k - 1), "atleast": lambda k: (k - 1, k),
    "atmost": lambda k: (k + 1, k), "multiple": lambda k: (k + 1, k), "indivisible": lambda k: (k, k + 1),
    "within": lambda k: (0, k), "outside": lambda k: (1, k + 1),
}  # fmt: skip
"""(one that it does not take, if there is any; one that it takes)"""
_CLASSES: Mapping[str, tuple[str, str]] = {
    "lower": ("B", "b"), "upper": ("b", "B"), "digit": ("x", "9"), "space": ("x", " "), "vowel": ("b", "i"),
    "letter": ("1", "B"), "nondigit": ("5", "x"), "nonspace": (" ", "x"), "mark": ("x", ","), "hexdigit": ("x", "7"),
    "zero": ("1", "0"), "early": ("n", "m"),
}  # fmt: skip
"""The same for classes of characters."""
_EXTENTS: Mapping[str, Callable[[str, int], bool]] = {
    "whole": lambda s, i: True, "word": lambda s, i: " " not in s[: i + 1], "evenindex": lambda s, i: i % 2 == 0,
    "oddindex": lambda s, i: i % 2 == 1, "afterfirst": lambda s, i: i > 0, "firstten": lambda s, i: i < 5,
    "afterspace": lambda s, i: i > 0 and s[i - 1] == " ",
}  # fmt: skip


def numbers_of(composition: Composition) -> tuple[int | None, int]:
    """One number that its predicate does not take - None where it takes all -, and one that it does."""
    part = composition.parts["predicate"]
    return _NUMBERS[part.key](part.constants[0] if part.constants else 0)


def texts_of(composition: Composition) -> tuple[str, str]:
    """Two strings: of the characters of its class, it takes none of the first and one of the second."""
    other, one = _CLASSES[composition.parts["class"].key]
    key = composition.parts["extent"].key
    return other, other + one if _EXTENTS[key](other + one, 1) else one


def folded(composition: Composition, values: Sequence[int]) -> int:
    """What a composition of `fold` returns."""
    predicate, change = composition.parts["predicate"], composition.parts["map"]
    keeps, makes = _PREDICATES[predicate.key], _MAPS[change.key]
    taken = [keeps(x, (*predicate.constants, 0)[0]) for x in values]
    made = [makes(x, (*change.constants, 0)[0]) for x in values]
    return _reduced(composition.parts["reducer"].key, taken, made)


def scanned(composition: Composition, text: str) -> int:
    """What a composition of `scan` returns for characters of `texts_of`."""
    class_, extent = composition.parts["class"].key, _EXTENTS[composition.parts["extent"].key]
    taken = [c == _CLASSES[class_][1] and extent(text, i) for i, c in enumerate(text)]
    key = composition.parts["reducer"].key
    if key == "indexsum":
        return sum(i for i, is_in in enumerate(taken) if is_in)
    return _reduced({"codesum": "sum", "greatest": "largest"}.get(key, key), taken, [ord(c) for c in text])


def _reduced(key: str, taken: Sequence[bool], made: Sequence[int]) -> int:
    kept = [value for value, is_in in zip(made, taken, strict=True) if is_in]
    places = [i for i, is_in in enumerate(taken) if is_in]
    found: Mapping[str, Callable[[], int]] = {
        "sum": lambda: sum(kept),
        "count": lambda: len(kept),
        "largest": lambda: max(kept, default=0),
        "smallest": lambda: min(kept, default=0),
        "first": lambda: kept[0] if kept else 0,
        "last": lambda: kept[-1] if kept else 0,
        "xor": lambda: reduce(lambda a, b: a ^ b, kept, 0),
        "alternating": lambda: sum(-x if i % 2 else x for i, x in enumerate(kept)),
        "mean": lambda: int(sum(kept) / len(kept)) if kept else 0,
        "run": lambda: _longest(taken),
        "firstat": lambda: places[0] if places else -1,
        "lastat": lambda: places[-1] if places else -1,
    }
    return found[key]()


def _longest(taken: Sequence[bool]) -> int:
    best = run = 0
    for is_in in taken:
        run = run + 1 if is_in else 0
        best = max(best, run)
    return best
