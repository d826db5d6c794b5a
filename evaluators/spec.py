"""What is asked of one C function: its signature, a reference solution, and the domains its inputs are drawn from.

A `FunctionSpec` is plain data (JSON in, JSON out) so that its hash is its identity.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

Arg = int | tuple[int, ...] | bytes
Case = tuple[Arg, ...]


@dataclass(frozen=True)
class Param:
    """One parameter of the function and the domain its values come from.

    kind `scalar`: `elem` i32 or u32, value uniform in [lo, hi] (inclusive).
      of: name of a buffer. With role "length" the value is that buffer's length in elements;
      with role "index" it is uniform in [0, length] ; with role "element" it is half the time one of its elements.
    kind `buffer`: a pointer to `elem` i32 or u8 (a NUL-terminated string). Length uniform in [min_len, max_len]
      (strings: characters before the NUL). `capacity` > 0 allocates that many elements, zero-filled behind the content;
      otherwise the allocation is exact, so that an overrun is seen. `of` gives it the same length as another buffer;
      `shape` names the scalars whose product is its length (a matrix).
      i32 elements are uniform in [lo, hi]; u8 ones are drawn from `alphabet`. `order` "sorted" sorts them.
    kind `struct`: a pointer to a struct whose members are all `int`: `fields` gives (name, count, lo, hi) in order.
    mutable: the pointed-to memory is part of the observation after the call.
    """

    name: str
    ctype: str
    kind: Literal["scalar", "buffer", "struct"]
    elem: Literal["i32", "u32", "u8"] = "i32"
    mutable: bool = False
    lo: int = -20
    hi: int = 20
    min_len: int = 0
    max_len: int = 12
    capacity: int = 0
    alphabet: str = ""
    order: Literal["", "sorted"] = ""
    of: str = ""
    role: Literal["", "length", "index", "element"] = ""
    shape: tuple[str, ...] = ()
    fields: tuple[tuple[str, int, int, int], ...] = ()


@dataclass(frozen=True)
class FunctionSpec:
    """A function to write. `prelude` is C that stands before the candidate (typedefs); the prompt shows it too.

    edge_cases: inputs that are always among the hidden ones, besides those that follow from the domains. They make the
      oracle stronger, not the question another one: `sha256` leaves them out, `oracle_sha256` does not.
    """

    type: ClassVar[str] = "function"
    name: str
    returns: Literal["void", "int", "unsigned"]
    params: tuple[Param, ...]
    reference: str
    prelude: str = ""
    edge_cases: tuple[Case, ...] = field(default=())

    @property
    def signature(self) -> str:
        inside = ", ".join(p.ctype + ("" if p.ctype.endswith("*") else " ") + p.name for p in self.params)
        return f"{self.returns} {self.name}({inside or 'void'})"

    @functools.cached_property
    def sha256(self) -> str:
        question = {**to_json(self), "edge_cases": []}
        return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()

    @functools.cached_property
    def oracle_sha256(self) -> str:
        return hashlib.sha256(json.dumps(to_json(self), sort_keys=True).encode()).hexdigest()


def to_json(spec: FunctionSpec) -> dict[str, Any]:
    """Plain JSON of a spec; bytes become {"bytes": "latin-1 text"}."""

    def arg(value: Arg) -> Any:
        if isinstance(value, bytes):
            return {"bytes": value.decode("latin-1")}
        return list(value) if isinstance(value, tuple) else value

    out = asdict(spec)
    out["edge_cases"] = [[arg(a) for a in case] for case in spec.edge_cases]
    return out


def from_json(data: dict[str, Any]) -> FunctionSpec:
    """Inverse of `to_json`. Raises KeyError or TypeError on a malformed document."""

    def arg(value: Any) -> Arg:
        if isinstance(value, dict):
            return str(value["bytes"]).encode("latin-1")
        return tuple(value) if isinstance(value, list) else int(value)

    params = tuple(
        Param(**{**p, "shape": tuple(p.get("shape", ())), "fields": tuple(tuple(f) for f in p.get("fields", ()))})
        for p in data["params"]
    )
    cases = tuple(tuple(arg(a) for a in case) for case in data.get("edge_cases", ()))
    return FunctionSpec(**{**data, "params": params, "edge_cases": cases})
