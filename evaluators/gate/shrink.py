"""Smaller inputs of the same domains: for an input that shows a mistake as briefly as can be."""

from __future__ import annotations

from collections.abc import Iterator

from evaluators.inputs import in_domain
from evaluators.spec import Arg, Case, FunctionSpec, Param

VARIANTS = 80
"""Smaller inputs that are tried at once, the smallest first."""

Given = dict[str, Arg]


def weight(case: Case) -> tuple[int, int]:
    """What is smaller: fewer elements, then smaller values."""
    lengths = sum(len(a) for a in case if not isinstance(a, int))
    values = sum(_magnitude(a) for a in case)
    return lengths, values


def _magnitude(value: Arg) -> int:
    if isinstance(value, bytes):
        return sum(value)
    return abs(value) if isinstance(value, int) else sum(abs(v) for v in value)


def smaller(spec: FunctionSpec, case: Case) -> list[Case]:
    """Inputs of the domain that weigh less than `case`, the lightest first."""
    found = dict.fromkeys(c for c in _variants(spec, case) if weight(c) < weight(case) and in_domain(spec, c))
    return sorted(found, key=weight)[:VARIANTS]


def _variants(spec: FunctionSpec, case: Case) -> Iterator[Case]:
    given = {param.name: value for param, value in zip(spec.params, case, strict=True)}
    for param in spec.params:
        value = given[param.name]
        if isinstance(value, int):
            if not param.of:
                yield from (_completed(spec, given, {param.name: v}) for v in _toward_zero(value, param))
            elif param.role != "length":
                yield from (_with(spec, given, {param.name: v}) for v in _toward_zero(value, param))
        else:
            if param.kind == "buffer" and not param.of and not param.shape:
                for kept in _shorter(len(value)):
                    yield _cut(spec, given, param, kept)
            yield from (_with(spec, given, {param.name: v}) for v in _plainer(param, value))


def _toward_zero(value: int, param: Param) -> Iterator[int]:
    near = min(max(0, param.lo), param.hi)
    yield from (near, value // 2, value // 10, value % 10, value % 100, value % 256)
    yield value - 1 if value > near else value + 1
    for bit in range(32):
        if value > 0 and value >> bit & 1:
            yield value & ~(1 << bit)


def _shorter(size: int) -> Iterator[tuple[int, ...]]:
    """Indices that stay: a half, then all but one."""
    yield tuple(range(size // 2))
    yield tuple(range(size // 2, size))
    for gone in range(size):
        yield tuple(i for i in range(size) if i != gone)


def _cut(spec: FunctionSpec, given: Given, param: Param, kept: tuple[int, ...]) -> Case:
    """The buffer and those that share its length lose the same elements."""
    changed: Given = {}
    for other in spec.params:
        if other is param or (other.kind == "buffer" and other.of == param.name):
            value = given[other.name]
            if isinstance(value, bytes):
                changed[other.name] = bytes(value[i] for i in kept)
            elif isinstance(value, tuple):
                changed[other.name] = tuple(value[i] for i in kept)
    return _completed(spec, given, changed)


def _plainer(param: Param, value: bytes | tuple[int, ...]) -> Iterator[Arg]:
    """One element, or all of them, at the plainest value of the domain."""
    if isinstance(value, bytes):
        letters = (param.alphabet or "a").encode("latin-1")[:2]
        for letter in letters:
            yield bytes([letter]) * len(value)
            for i in range(len(value)):
                yield value[:i] + bytes([letter]) + value[i + 1 :]
        return
    yield (0,) * len(value)
    for i, v in enumerate(value):
        for new in dict.fromkeys((0, 1, int(v / 2), v - 1 if v > 0 else v + 1)):
            changed = (*value[:i], new, *value[i + 1 :])
            yield tuple(sorted(changed)) if param.order == "sorted" else changed


def _with(spec: FunctionSpec, given: Given, changed: Given) -> Case:
    return tuple({**given, **changed}[p.name] for p in spec.params)


def _completed(spec: FunctionSpec, given: Given, changed: Given) -> Case:
    """With what follows from the changed arguments: lengths, indices, and the sizes of matrices."""
    new = {**given, **changed}
    for param in spec.params:
        value = new[param.name]
        if param.shape and not isinstance(value, int):
            new[param.name] = value[: _product(new, param.shape)]
    for param in spec.params:
        if param.kind == "scalar" and param.of:
            size = len(new[param.of])  # type: ignore[arg-type]
            if param.role == "length":
                new[param.name] = size
            elif param.role == "index":
                new[param.name] = min(int(new[param.name]), size)  # type: ignore[arg-type]
    return tuple(new[p.name] for p in spec.params)


def _product(given: Given, names: tuple[str, ...]) -> int:
    out = 1
    for name in names:
        out *= int(given[name])  # type: ignore[arg-type]
    return out
