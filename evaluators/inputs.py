"""Hidden inputs for a `FunctionSpec`: edge cases first, then seeded draws from the parameters' domains.

The same (spec, seed, count) gives the same cases on every machine.
"""

from __future__ import annotations

import math
import random

from evaluators.spec import Arg, Case, FunctionSpec, Param

DEFAULT_ALPHABET = "abcXYZ019 _"


def draw_cases(spec: FunctionSpec, seed: int, count: int) -> list[Case]:
    """At most `count` distinct cases: the spec's own edge cases, the domains' extremes, then random ones."""
    rng = random.Random(f"{spec.sha256}:{seed}")
    cases: dict[Case, None] = dict.fromkeys(spec.edge_cases)
    for length in ("min", "one", "max"):
        for value in ("lo", "hi", "any"):
            cases.setdefault(_draw(spec, rng, length, value))
    attempts = 0
    while len(cases) < count and attempts < 20 * count:
        cases.setdefault(_draw(spec, rng, "any", "any"))
        attempts += 1
    return list(cases)[: max(count, len(spec.edge_cases))]


def _draw(spec: FunctionSpec, rng: random.Random, length: str, value: str) -> Case:
    """One case. `length` and `value` choose the extreme to stand at, or "any"."""
    drawn: dict[str, Arg] = {}
    for param in spec.params:
        if param.kind == "scalar" and not param.of:
            drawn[param.name] = _integer(rng, param.lo, param.hi, value)
    for param in spec.params:
        if param.kind == "buffer":
            drawn[param.name] = _buffer(param, drawn, rng, length, value)
        elif param.kind == "struct":
            drawn[param.name] = tuple(
                _integer(rng, lo, hi, value if count == 1 else "any")
                for _, count, lo, hi in param.fields
                for _ in range(count)
            )
    for param in spec.params:
        if param.kind == "scalar" and param.of:
            drawn[param.name] = _derived(param, drawn, rng, value)
    return tuple(drawn[p.name] for p in spec.params)


def _integer(rng: random.Random, lo: int, hi: int, value: str) -> int:
    if value == "lo":
        return lo
    if value == "hi":
        return hi
    return rng.randint(lo, hi)


def _buffer(param: Param, drawn: dict[str, Arg], rng: random.Random, length: str, value: str) -> Arg:
    if param.shape:
        n = 1
        for name in param.shape:
            n *= int(drawn[name])  # type: ignore[arg-type]
    elif param.of:
        n = len(drawn[param.of])  # type: ignore[arg-type]
    elif length == "any":
        n = rng.randint(param.min_len, param.max_len)
    else:
        n = {"min": param.min_len, "one": max(1, param.min_len), "max": param.max_len}[length]
    if param.elem == "u8":
        letters = param.alphabet or DEFAULT_ALPHABET
        if value == "any":
            return "".join(rng.choice(letters) for _ in range(n)).encode("latin-1")
        return (letters[0 if value == "lo" else -1] * n).encode("latin-1")
    # a narrow range now and then: repeated values are where off-by-one idioms differ
    lo, hi = (param.lo, param.hi) if rng.random() < 0.6 else (max(param.lo, -3), min(param.hi, 3))
    if lo > hi:
        lo, hi = param.lo, param.hi
    if value != "any":
        lo, hi = param.lo, param.hi
    values = [_integer(rng, lo, hi, value) for _ in range(n)]
    return tuple(sorted(values)) if param.order == "sorted" else tuple(values)


def _derived(param: Param, drawn: dict[str, Arg], rng: random.Random, value: str) -> int:
    of = drawn[param.of]
    size = len(of)  # type: ignore[arg-type]
    if param.role == "length":
        return size
    if param.role == "index":
        return _integer(rng, 0, size, value)
    if size and isinstance(of, tuple) and rng.random() < 0.6:
        return rng.choice(of)
    return _integer(rng, param.lo, param.hi, value)


def in_domain(spec: FunctionSpec, case: Case) -> bool:
    """Could `draw_cases` have drawn it? Also false for a case with another number of arguments."""
    if len(case) != len(spec.params):
        return False
    given = {param.name: value for param, value in zip(spec.params, case, strict=True)}
    return all(_fits(param, given[param.name], given) for param in spec.params)


def _fits(param: Param, value: Arg, given: dict[str, Arg]) -> bool:
    if isinstance(value, int):
        return param.kind == "scalar" and _scalar_fits(param, value, given)
    if param.kind == "scalar" or isinstance(value, bytes) != (param.kind == "buffer" and param.elem == "u8"):
        return False
    if param.kind == "struct":
        bounds = [(lo, hi) for _, count, lo, hi in param.fields for _ in range(count)]
        return len(value) == len(bounds) and all(lo <= v <= hi for v, (lo, hi) in zip(value, bounds, strict=True))
    if not _length_fits(param, len(value), given):
        return False
    if isinstance(value, bytes):
        return set(value.decode("latin-1")) <= set(param.alphabet or DEFAULT_ALPHABET)
    ordered = param.order != "sorted" or list(value) == sorted(value)
    return ordered and all(param.lo <= v <= param.hi for v in value)


def _length_fits(param: Param, size: int, given: dict[str, Arg]) -> bool:
    if param.shape:
        sizes: list[int] = [int(given[name]) for name in param.shape]  # type: ignore[arg-type]
        return size == math.prod(sizes)
    if param.of:
        return size == len(given[param.of])  # type: ignore[arg-type]
    return param.min_len <= size <= param.max_len


def _scalar_fits(param: Param, value: int, given: dict[str, Arg]) -> bool:
    size = len(given[param.of]) if param.of else 0  # type: ignore[arg-type]
    if param.of and param.role == "length":
        return value == size
    if param.of and param.role == "index":
        return 0 <= value <= size
    return param.lo <= value <= param.hi
