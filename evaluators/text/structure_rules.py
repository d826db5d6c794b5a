"""Rules of structure: what a refactoring can be asked for, as data. Each is decided on the syntax tree.

A rule about one function also holds the functions that the change added to it: what is only moved is not gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from evaluators.text.duplicates import repeated
from evaluators.text.structure_tree import (
    Code,
    Function,
    calls,
    leaves,
    lines,
    macros,
    nesting,
    variables,
)
from evaluators.text.syntax import text_of, walk


class Rule(Protocol):
    """`broken` says why a change does not keep it; "" when it does. `kind` is its name in JSON."""

    kind: ClassVar[str]

    def broken(self, before: Code, after: Code) -> str: ...


@dataclass(frozen=True)
class FunctionExists:
    """Exactly one function has this name; in `file`, static or not, with so many parameters, where these are given."""

    kind: ClassVar[str] = "function_exists"
    name: str
    file: str = ""
    static: bool | None = None
    parameters: int | None = None

    def broken(self, before: Code, after: Code) -> str:
        found = after.named(self.name)
        if len(found) != 1:
            return f"{len(found) or 'no'} functions are called {self.name}"
        function = found[0]
        if self.file and function.file != self.file:
            return f"{self.name} is in {function.file}, not in {self.file}"
        if self.static is not None and function.static != self.static:
            return f"{self.name} is {'' if function.static else 'not '}static"
        if self.parameters is not None and function.parameters != self.parameters:
            return f"{self.name} has {function.parameters} parameters, not {self.parameters}"
        return ""


@dataclass(frozen=True)
class FunctionAbsent:
    """The name is nowhere in the code: not defined, declared, called or a macro."""

    kind: ClassVar[str] = "function_absent"
    name: str

    def broken(self, before: Code, after: Code) -> str:
        for path, root in after.trees.items():
            if any(text_of(leaf) == self.name for leaf in leaves(root)) or self.name in macros(root):
                return f"{self.name} is still in {path}"
        return ""


@dataclass(frozen=True)
class Calls:
    """`caller` calls `callee` by its name, at so many places. (That it depends on the calls is seen by running it.)"""

    kind: ClassVar[str] = "calls"
    caller: str
    callee: str
    at_least: int = 1

    def broken(self, before: Code, after: Code) -> str:
        found = sum(calls(function, self.callee) for function in after.named(self.caller))
        if found >= self.at_least:
            return ""
        return f"{self.caller} calls {self.callee} at {found} places, not at {self.at_least}"


@dataclass(frozen=True)
class NoDuplicate:
    """No sequence of so many tokens stands in two of these functions and those that were added; () for all functions.

    What two of them shared before may not stand twice in one of them either. Tokens are compared with variables and
    literals made equal.
    """

    kind: ClassVar[str] = "no_duplicate"
    min_tokens: int
    functions: tuple[str, ...] = ()

    def broken(self, before: Code, after: Code) -> str:
        old, new = (_chosen(self.functions, before, code) for code in (before, after))
        if not (found := repeated(old, new, self.min_tokens)):
            return ""
        return f"{self.min_tokens} tokens stand twice, in {' and '.join(found.functions)}: {found.text[:60]}"


@dataclass(frozen=True)
class MaxLines:
    """The function, and each one that was added, has at most so many lines of code (or statements)."""

    kind: ClassVar[str] = "max_lines"
    function: str
    most: int

    def broken(self, before: Code, after: Code) -> str:
        return first(
            f"{f.name} has {lines(f)} lines, more than {self.most}"
            for f in _and_added(self.function, before, after)
            if lines(f) > self.most
        ) or _missing(self.function, after)


@dataclass(frozen=True)
class MaxNesting:
    """Control statements stand at most so deep within each other in the function and in each one that was added."""

    kind: ClassVar[str] = "max_nesting"
    function: str
    most: int

    def broken(self, before: Code, after: Code) -> str:
        return first(
            f"{f.name} nests {nesting(f)} deep, more than {self.most}"
            for f in _and_added(self.function, before, after)
            if nesting(f) > self.most
        ) or _missing(self.function, after)


@dataclass(frozen=True)
class MaxParameters:
    kind: ClassVar[str] = "max_parameters"
    function: str
    most: int

    def broken(self, before: Code, after: Code) -> str:
        return first(
            f"{f.name} has {f.parameters} parameters, more than {self.most}"
            for f in after.named(self.function)
            if f.parameters > self.most
        ) or _missing(self.function, after)


@dataclass(frozen=True)
class NoGlobals:
    """No variable that can change and outlives its function, in `file` and in new files; "" for all files."""

    kind: ClassVar[str] = "no_globals"
    file: str = ""

    def broken(self, before: Code, after: Code) -> str:
        return first(
            f"{path} has the variable {name}"
            for path, root in after.trees.items()
            if path in ("", self.file) or not self.file or path not in before.trees
            for name in variables(root)
        )


@dataclass(frozen=True)
class NoGoto:
    """In the function and in those that were added; "" for all."""

    kind: ClassVar[str] = "no_goto"
    function: str = ""

    def broken(self, before: Code, after: Code) -> str:
        functions = _and_added(self.function, before, after) if self.function else after.functions
        jumps = (f"{f.name} has a goto" for f in functions if any(n.type == "goto_statement" for n in walk(f.node)))
        return first(jumps) or (_missing(self.function, after) if self.function else "")


@dataclass(frozen=True)
class NoMagicNumber:
    """None of these values is written as a number in the function, nor in those that were added."""

    kind: ClassVar[str] = "no_magic_number"
    function: str
    values: tuple[int, ...]

    def broken(self, before: Code, after: Code) -> str:
        return first(
            f"{f.name} still has the number {text_of(leaf)}"
            for f in _and_added(self.function, before, after)
            for leaf in leaves(f.body)
            if leaf.type == "number_literal" and _value(text_of(leaf)) in self.values
        ) or _missing(self.function, after)


@dataclass(frozen=True)
class PublicApiUnchanged:
    """These headers say what they said: declarations, types and macros, in any order; comments do not count."""

    kind: ClassVar[str] = "public_api_unchanged"
    headers: tuple[str, ...]

    def broken(self, before: Code, after: Code) -> str:
        for path in self.headers:
            old, new = _said(before, path), _said(after, path)
            if old != new:
                what = next(iter((old - new) or (new - old)))
                return f"{path} changes what it declares: {' '.join(what.split())[:80]}"
        return ""


def first(reasons: Iterable[str]) -> str:
    return next((reason for reason in reasons if reason), "")


def _missing(name: str, after: Code) -> str:
    return "" if after.named(name) else f"there is no function {name}"


def _added(before: Code, after: Code) -> list[Function]:
    old = {f.name for f in before.functions}
    return [f for f in after.functions if f.name not in old]


def _and_added(name: str, before: Code, after: Code) -> Iterator[Function]:
    yield from after.named(name)
    yield from (f for f in _added(before, after) if f.name != name)


def _chosen(names: tuple[str, ...], before: Code, code: Code) -> list[Function]:
    added = _added(before, code)
    return [f for f in code.functions if not names or f.name in names or f in added]


def _value(literal: str) -> int | None:
    """Of an integer literal, in any base and with any suffix; None for others."""
    digits = literal.replace("'", "").lower().rstrip("ul")
    try:
        return int(digits, 8) if digits.isdigit() and digits.startswith("0") else int(digits, 0)
    except ValueError:
        return None


def _said(code: Code, path: str) -> Counter[str]:
    """What a header declares, item by item."""
    if path not in code.trees:
        return Counter()
    waiting, items = [code.trees[path]], Counter[str]()
    while waiting:
        node = waiting.pop()
        if node.type in (
            "translation_unit",
            "preproc_ifdef",
            "preproc_if",
            "linkage_specification",
            "declaration_list",
        ):
            waiting.extend(node.named_children)
        elif node.type != "comment":
            items[" ".join(text_of(leaf) for leaf in leaves(node))] += 1
    return items
