"""Many inputs of a task's own domains, to look for one that tells a mutant from the reference.

Random draws miss what hides behind one rare value, so a part of them is bent: values are replaced by those at which C
goes wrong (0, one, the ends of the domain, powers) and by the constants of the reference with their neighbours.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Iterator
from dataclasses import replace

from evaluators.inputs import draw_cases, in_domain
from evaluators.spec import Arg, Case, FunctionSpec, Param

SEARCH = 2000
"""Inputs by default."""
BENT = 0.3
"""The share of them that is bent."""
SEED = 4711
_CONSTANT = re.compile(r"(?<![\w.'])\d+")
_LETTER = re.compile(r"'([^'\\])'")


def search_cases(spec: FunctionSpec, count: int = SEARCH) -> list[Case]:
    """At most `count` distinct inputs, the same on every machine; fewer where the domain has no more."""
    plain = _drawn(replace(spec, reference="", prelude="", edge_cases=()), round(count * (1 - BENT)))
    return list(dict.fromkeys([*plain, *_bent(spec, plain, count - len(plain))]))


@functools.lru_cache(maxsize=64)
def _drawn(domain: FunctionSpec, count: int) -> tuple[Case, ...]:
    """Tasks of one family share their domains, and so these."""
    return tuple(draw_cases(domain, SEED, count))


def _bent(spec: FunctionSpec, plain: tuple[Case, ...], count: int) -> Iterator[Case]:
    rng = random.Random(spec.sha256)
    numbers = _numbers(spec.reference)
    letters = "".join(dict.fromkeys(_LETTER.findall(spec.reference)))
    for _ in range(count):
        case = rng.choice(plain)
        changed = tuple(_bend(p, a, numbers, letters, rng) for p, a in zip(spec.params, case, strict=True))
        if in_domain(spec, changed):
            yield changed


def _numbers(source: str) -> list[int]:
    """Values at which a comparison of the source may turn, and those that are corners of every integer type."""
    near = {int(c) + d for c in _CONSTANT.findall(source) for d in (-1, 0, 1)}
    corners = {0, 1, 2, 10, 100, *(2**k for k in range(3, 32)), *(2**k - 1 for k in range(3, 33))}
    return sorted({sign * n for n in near | corners for sign in (1, -1)})


def _bend(param: Param, value: Arg, numbers: list[int], letters: str, rng: random.Random) -> Arg:
    """Some of the values replaced by telling ones of the domain."""
    if isinstance(value, bytes):
        inside = [c for c in letters if c in param.alphabet] or [chr(c) for c in value]
        return bytes(ord(rng.choice(inside)) if rng.random() < 0.5 else c for c in value)
    if isinstance(value, tuple):
        bounds = [(lo, hi) for _, size, lo, hi in param.fields for _ in range(size)] or [(param.lo, param.hi)] * len(
            value
        )
        changed = [
            _pick(lo, hi, numbers, rng) if rng.random() < 0.5 else v for v, (lo, hi) in zip(value, bounds, strict=True)
        ]
        return tuple(sorted(changed) if param.order == "sorted" else changed)
    free = not param.of or param.role == "element"
    return _pick(param.lo, param.hi, numbers, rng) if free and rng.random() < 0.7 else value


def _pick(lo: int, hi: int, numbers: list[int], rng: random.Random) -> int:
    inside = [n for n in numbers if lo <= n <= hi]
    return rng.choice([*inside, lo, hi])
