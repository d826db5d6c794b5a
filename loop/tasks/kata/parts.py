"""Parts that tasks are composed of, and the chooser that turns a part into C."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from evaluators.spec import Param

V = TypeVar("V")
W = TypeVar("W")


@dataclass(frozen=True)
class Part(Generic[V]):
    """One option of one slot.

    phrases: English, interchangeable; `{K}` stands for the constant. nouns: a second form where a family needs one.
    right: C of equal behaviour, the first being the reference's. wrong: a common misconception, written instead of
    `right` in the share `share` of the corpus's rows. constants: the values K may take; empty when there is none.
    """

    key: str
    phrases: tuple[str, ...]
    right: tuple[V, ...]
    wrong: tuple[V, ...] = ()
    share: float = 0.0
    constants: tuple[int, ...] = ()
    nouns: tuple[str, ...] = ()


class Chooser(Protocol):
    """Decides which variant of a part is written."""

    def __call__(self, part: Part[W]) -> W: ...


def reference(part: Part[W]) -> W:
    """The reference's choice: the first right variant."""
    return part.right[0]


class Imperfect:
    """Writes like a corpus: any right variant, or the misconception as often as it is held."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.misconceived = False

    def __call__(self, part: Part[W]) -> W:
        if part.wrong and self.rng.random() < part.share:
            self.misconceived = True
            return self.rng.choice(part.wrong)
        # the first variant is the habit, the others are seen now and then
        if len(part.right) > 1 and self.rng.random() < 0.2:
            return self.rng.choice(part.right[1:])
        return part.right[0]


def at(part: Part[str], value: int) -> Part[str]:
    """The part with its constant filled in."""

    def fill(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(text.replace("{K}", str(value)) for text in texts)

    filled = (fill(part.phrases), fill(part.right), fill(part.wrong), fill(part.nouns))
    return Part(part.key, filled[0], filled[1], filled[2], part.share, (value,), filled[3])


Slots = Mapping[str, Part[Any]]
Pick = Callable[[Sequence[str]], str]


@dataclass(frozen=True)
class Family:
    """One way of walking. `slots` are crossed; `body` writes the lines between the braces; `say` the request.

    say(parts, pick) -> a sentence; pick(sequence) chooses among phrasings. valid(parts) drops meaningless crossings.
    """

    name: str
    function: str
    returns: Literal["void", "int", "unsigned"]
    params: tuple[Param, ...]
    slots: tuple[tuple[str, tuple[Part[Any], ...]], ...]
    body: Callable[[Slots, Chooser], list[str]]
    say: Callable[[Slots, Pick], str]
    valid: Callable[[Slots], bool] = lambda parts: True
    prelude: str = ""
    limit: int = 280


def layout(signature: str, lines: Sequence[str]) -> str:
    """C source: `lines` indented by their braces, a brace-less `if`/`for`/`else` indenting the line after it."""
    out = [signature + " {"]
    outer: list[tuple[int, int]] = []  # for each open brace: the indent of its closing line, and the one after it
    indent, once, closing, after = 1, 0, 1, 1
    for line in "\n".join(lines).split("\n"):
        if not line:
            continue
        if line.startswith("}"):
            closing, after = outer.pop()
            out.append("    " * closing + line)
            indent, once = after, 0
        else:
            out.append("    " * (indent + once) + line)
        if line.endswith("{"):
            outer.append((closing, after) if line.startswith("}") else (indent + once, indent))
            indent, once = outer[-1][0] + 1, 0
        elif line.startswith(("if ", "for ", "else", "while ", "} else")) and not line.endswith(";"):
            once += 1
        else:
            once = 0
    return "\n".join([*out, "}"])
