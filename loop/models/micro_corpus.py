"""The micro model's corpus: answers to practice-side katas as an imperfect programmer would write them.

Three kinds of flaw, all seeded: misconceptions (a part written the wrong way more often than the right one, see
`Part.wrong`), slips (one token changed anywhere), and broken format. The first bend greedy decoding, the others
sampling.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from loop.inference.chat import render_completion, render_prompt
from loop.tasks.kata.generate import Composition, ask, spec_of, split_compositions, write
from loop.tasks.kata.parts import Imperfect

SLIP_SHARE = 0.20
FORMAT_SHARE = 0.02
THINK_SHARE = 0.06

# (what is written, what slips out): none of them can turn a loop into an endless one
SLIPS: tuple[tuple[str, str], ...] = (
    (r"i < n;", "i <= n;"),
    (r"int i = 0;", "int i = 1;"),
    (r"int r = 0", "int r = 1"),
    (r"r \+= ", "r -= "),
    (r"r\+\+", "r += 2"),
    (r"return r;", "return 0;"),
    (r" == ", " != "),
    (r" > ", " < "),
    (r" < 0", " > 0"),
    (r" && ", " || "),
    (r"x \* x", "x + x"),
    (r" % 2", " % 3"),
    (r";\n", "\n"),
    (r"\bx\b", "y"),
    (r"\bc\b", "s"),
    (r"- 1", "+ 1"),
)


@dataclass(frozen=True)
class Row:
    """Rendered prompt and completion. flawed: whether a misconception or a slip went in (for the statistics)."""

    prompt: str
    completion: str
    flawed: bool


def rows(seed: int) -> Iterator[Row]:
    """An endless stream of rows; families take turns in proportion to the square root of their size."""
    rng = random.Random(seed)
    by_family: dict[str, list[Composition]] = defaultdict(list)
    for composition in split_compositions()["practice"]:
        by_family[composition.family.name].append(composition)
    names = sorted(by_family)
    weights = [len(by_family[name]) ** 0.5 for name in names]
    while True:
        name = rng.choices(names, weights)[0]
        yield row(rng.choice(by_family[name]), rng)


def row(composition: Composition, rng: random.Random) -> Row:
    """One answer to one composition, flawed as often as the shares say."""
    choose = Imperfect(rng)
    signature = spec_of(composition).signature
    source = write(composition, signature, choose)
    slipped = rng.random() < SLIP_SHARE
    if slipped:
        source = slip(source, rng)
    answer = f"```c\n{source}\n```"
    if rng.random() < FORMAT_SHARE:
        answer = rng.choice((source, f"```c\n{source}", f"{source}\n```"))
    thinking = rng.random() < THINK_SHARE
    if thinking:
        answer = f"<think>\n{thought(composition)}\n</think>\n\n{answer}"
    prompt = render_prompt(ask(composition, signature, rng), thinking=thinking)
    return Row(prompt, render_completion(answer), choose.misconceived or slipped)


def thought(composition: Composition) -> str:
    """The composition spelled out: slot by slot."""
    return "; ".join(f"{slot}: {part.key}" for slot, part in composition.parts.items())


def slip(source: str, rng: random.Random) -> str:
    """The source with one careless change in its body; unchanged when none applies."""
    head, brace, body = source.partition("{\n")
    found = [(m, new) for old, new in SLIPS for m in re.finditer(old, body)]
    if not found:
        return source
    match, new = rng.choice(found)
    return head + brace + body[: match.start()] + new + body[match.end() :]
