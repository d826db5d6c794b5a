"""Edits to kata projects: misconceptions that stay or come back, a forgotten file, a search that is not exact."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from evaluators.projects.edits import Edit, parse_edits, render_edits
from loop.models.micro_corpus_flaws import FORMAT_SHARE, slipped
from loop.tasks.kata.projects.asked import Asked
from loop.tasks.kata.projects.code import places

OVERLOOKED = 0.35
"""How often a mistake is copied as it stands: what is held for right is not seen to be wrong."""
FORGOTTEN = 0.25
"""How often the header, or the second place, is forgotten."""
MISCOUNTED = 0.25
"""How often a test expects something else than what comes out."""
INEXACT = 0.05
"""How often a search is not what stands in the file."""
SLIP = 0.10
HELD = 0.75
"""How often a misconception is held here, of its share in katas of one function: with the name before one's eyes."""


def answered(asked: Asked, rng: random.Random) -> tuple[str, bool]:
    """(answer, whether it is flawed)."""
    right = list(parse_edits(getattr(asked.spec, "reference")))  # noqa: B009
    edits = right
    if asked.type == "tests":
        edits = _miscounted(edits, rng)
    elif asked.type == "feature":
        edits = _misconceived(asked, edits, rng)
    elif rng.random() < OVERLOOKED:
        at = rng.randrange(len(edits))
        edits = [replace(e, replacement=e.search) if i == at else e for i, e in enumerate(edits)]
    if len(edits) > 1 and rng.random() < FORGOTTEN:
        edits = edits[:1]
    if rng.random() < SLIP:
        at = rng.randrange(len(edits))
        edits = [replace(e, replacement=slipped(e.replacement, rng)) if i == at else e for i, e in enumerate(edits)]
    if rng.random() < INEXACT:
        edits = [_inexact(edits[0], rng), *edits[1:]]
    text = render_edits(edits).strip("\n")
    if rng.random() < FORMAT_SHARE:
        text = rng.choice((text.removesuffix("\n</edit>"), text.replace("</search>\n", "", 1)))
    return text, edits != right


def _misconceived(asked: Asked, edits: Sequence[Edit], rng: random.Random) -> list[Edit]:
    """The new function with the misconceptions that are held of its parts."""
    subject = asked.subject
    inline = [(name, part) for name, part in places(subject.composition) if name in subject.misconceptions()]
    wrong = frozenset(name for name, part in inline if rng.random() < HELD * part.share)
    right, text = (subject.written(w).rstrip("\n") for w in (frozenset(), wrong))
    return [replace(e, replacement=e.replacement.replace(right, text)) for e in edits]


def _miscounted(edits: Sequence[Edit], rng: random.Random) -> list[Edit]:
    if rng.random() >= MISCOUNTED:
        return list(edits)
    lines = edits[0].replacement.split("\n")
    at = rng.choice([i for i, line in enumerate(lines) if " != " in line])
    head, _, number = lines[at].rstrip(")").rpartition(" ")
    lines[at] = f"{head} {int(number) + rng.choice((-1, 1))})"
    return [replace(edits[0], replacement="\n".join(lines)), *edits[1:]]


def _inexact(edit: Edit, rng: random.Random) -> Edit:
    """The search without its indentation, or with a slip."""
    return replace(edit, search=edit.search.strip() if rng.random() < 0.5 else slipped(edit.search, rng))
