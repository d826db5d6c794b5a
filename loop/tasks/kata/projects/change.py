"""Changes to a draft as edits: as short as the search that says where, with the same kinds of search everywhere."""

from __future__ import annotations

from evaluators.projects.edits import Edit
from loop.tasks.kata.projects.project import Module


def rewritten(module: Module, text: str, new: str) -> Edit:
    """A function of a module that becomes another: from the first line that differs to the last.

    Where these lines are more than once in the file, the search begins with the function's first line.
    """
    old_lines, new_lines = text.rstrip("\n").split("\n"), new.rstrip("\n").split("\n")
    same = min(len(old_lines), len(new_lines))
    first = next((i for i in range(same) if old_lines[i] != new_lines[i]), same)
    last = next((i for i in range(same - first) if old_lines[-1 - i] != new_lines[-1 - i]), same - first)
    for start in (first, 0):
        search = "\n".join(old_lines[start : len(old_lines) - last])
        if search and module.source_text().count(search) == 1:
            return Edit(module.source, search, "\n".join(new_lines[start : len(new_lines) - last]))
    raise ValueError(f"the function is in {module.source} more than once")


def added(module: Module, texts: list[str]) -> Edit:
    """New functions: below the line that includes the module's own header."""
    return Edit(module.source, module.include, "\n\n".join([module.include, *(t.rstrip("\n") for t in texts)]))


def declared(header: str, lines: list[str]) -> Edit:
    """New lines of a header: above its end."""
    return Edit(header, "#endif", "\n".join([*lines, "", "#endif"]))


def replaced_line(path: str, old: str, new: str) -> Edit:
    return Edit(path, old, new)
