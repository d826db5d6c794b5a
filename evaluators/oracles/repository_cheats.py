"""Answers that look like a change to a repository and must not pass: a task that lets one through is not fit."""

from __future__ import annotations

from dataclasses import replace

from evaluators.oracles.repository import RepositorySpec, reference_of
from evaluators.projects.edit_diff import edits_between
from evaluators.projects.edits import Edit, EditError, apply_edits, render_edits
from evaluators.projects.repository import Repository
from evaluators.text.structure_tree import Function, emptied, read_code


def cheats(spec: RepositorySpec) -> list[tuple[str, str]]:
    """(name, answer) of changes that do nothing, and of ours with nothing in the functions that it wrote.

    Raises ReferenceBroken when our own edits do not apply.
    """
    changed = reference_of(spec)
    found = [("a comment alone", _comment(spec))]
    written = _written(spec.repository, changed)
    for function in written:
        hollow = emptied(changed, (function,))
        found.append((f"nothing in {function.name}", render_edits(edits_between(spec.repository, hollow))))
    if len(written) > 1:
        hollow = emptied(changed, written)
        found.append(("nothing in all functions", render_edits(edits_between(spec.repository, hollow))))
    return [(name, answer) for name, answer in found if answer]


def _comment(spec: RepositorySpec) -> str:
    """Edits that put a comment into the first file that may be edited; "" if there is none."""
    for path, _ in spec.repository.files:
        if path.endswith((".c", ".h")):
            files = tuple((p, f"/* seen */\n{t}" if p == path else t) for p, t in spec.repository.files)
            edits = edits_between(spec.repository, replace(spec.repository, files=files))
            if _allowed(spec, edits):
                return render_edits(edits)
    for path in spec.editable:
        edits = (Edit(path, "", "/* seen */\n"),)
        if _allowed(spec, edits):
            return render_edits(edits)
    return ""


def _allowed(spec: RepositorySpec, edits: tuple[Edit, ...]) -> bool:
    try:
        apply_edits(spec.repository, edits, spec.editable)
    except EditError:
        return False
    return True


def _written(before: Repository, after: Repository) -> tuple[Function, ...]:
    """Functions of `after` that are new or differ."""
    old = {(f.file, f.name): f.node.text for f in read_code(before).functions}
    return tuple(f for f in read_code(after).functions if old.get((f.file, f.name)) != f.node.text)
