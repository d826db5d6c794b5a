"""The edits that make one repository out of another: how references are written down, and cheats made of them."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from evaluators.projects.edits import Edit, apply_edits, unix_lines
from evaluators.projects.repository import Repository


def edits_between(before: Repository, after: Repository) -> tuple[Edit, ...]:
    """Edits with as little context as makes each search unique; `apply_edits(before, them)` is `after`.

    Raises ValueError when no edits can say it: a file that is gone, a new one that does not end with a newline, a
    carriage return, units or include folders that do not follow from the files.
    """
    old = before.texts
    edits = [edit for path, text in after.files for edit in _file_edits(path, old.get(path), text)]
    if not edits and before == after:
        return ()
    if apply_edits(before, edits) != after:
        raise ValueError("no edits make this of it: a file is gone, lines do not end as they should, or units differ")
    return tuple(edits)


def _file_edits(path: str, old: str | None, new: str) -> Iterator[Edit]:
    if old == new:
        return
    if not old:
        yield Edit(path, "", new)
        return
    before, after = unix_lines(old).splitlines(keepends=True), new.splitlines(keepends=True)
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for tag, i1, i2, j1, j2 in blocks:
        if tag != "equal":
            yield _hunk(path, after[:j1], before[i1:i2], after[j1:j2], before[i2:])


def _hunk(path: str, above: list[str], old: list[str], new: list[str], below: list[str]) -> Edit:
    """`old`, between `above` and `below`, becomes `new`."""
    text = "".join([*above, *old, *below])
    for context in range(len(above) + len(below) + 1):
        head, tail = "".join(above[len(above) - min(context, len(above)) :]), "".join(below[:context])
        search, replacement = head + "".join(old) + tail, head + "".join(new) + tail
        if search.endswith("\n") and replacement.endswith("\n") and _once(text, search[:-1]):
            return Edit(path, search[:-1], replacement[:-1])
        if _once(text, search):
            return Edit(path, search, replacement)
    raise AssertionError("a whole text occurs once in itself")


def _once(text: str, search: str) -> bool:
    at = text.find(search)
    return bool(search) and at >= 0 and text.find(search, at + 1) < 0
