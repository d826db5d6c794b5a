"""How an imperfect programmer goes wrong: slips of the pen, and answers that are not in the form asked for."""

from __future__ import annotations

import random
import re

SLIP_SHARE = 0.20
FORMAT_SHARE = 0.02

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


def slip(source: str, rng: random.Random) -> str:
    """The source with one careless change in its body; unchanged when none applies."""
    head, brace, body = source.partition("{\n")
    return head + brace + slipped(body, rng)


def slipped(text: str, rng: random.Random) -> str:
    """The text with one careless change; unchanged when none applies."""
    found = [(m, new) for old, new in SLIPS for m in re.finditer(old, text)]
    if not found:
        return text
    match, new = rng.choice(found)
    return text[: match.start()] + new + text[match.end() :]
