"""Search/replace edits: how a change to a repository is written down, read and applied.

    <edit file="src/ring.c">
    <search>
        return ring->count;
    </search>
    <replacement>
        return ring == NULL ? 0 : ring->count;
    </replacement>
    </edit>

Any number of them; what stands between them (prose, a leading `<think>...</think>`) is ignored, and so is `<edit>`
without a file. Within an edit only white space stands between the tags. A text ends at the first closing tag of its own
kind, wherever that stands: neither text can contain its own closing tag, not even in a C string. One newline after the
opening tag and one before the closing tag are layout; further ones belong to the text. Line ends are "\\n" throughout:
"\\r\\n" and "\\r" become it, in the edits and in the files that they change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from evaluators.box.source_tree import check_path
from evaluators.projects.repository import Repository

MAX_EDITS = 64
MAX_EDIT_BYTES = 1 << 17
"""Bytes of all searches and replacements of an answer together."""
MAX_ANSWER = 1 << 20
"""Characters of an answer, thinking and prose included."""
_START = re.compile(r"<edit(?=\s)")
_SPACE = re.compile(r"\s*")
_PATH = re.compile(r"[A-Za-z0-9_.+/-]+")


class EditError(ValueError):
    """Edits that cannot be read or applied. `reason` is one line, fit for a verdict's evidence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Edit:
    """In `file`, the one occurrence of `search` becomes `replacement`. An empty `search` makes the file."""

    file: str
    search: str
    replacement: str


def parse_edits(text: str) -> tuple[Edit, ...]:
    """The edits of an answer, in their order. Raises EditError, also when there are none. Time linear in the text."""
    if len(text) > MAX_ANSWER:
        raise EditError(f"the answer has {len(text)} characters, more than {MAX_ANSWER}")
    text = unix_lines(text)
    at = _after_thinking(text)
    edits: list[Edit] = []
    while start := _START.search(text, at):
        if len(edits) == MAX_EDITS:
            raise EditError(f"more than {MAX_EDITS} edits")
        edit, at = _parse_edit(text, start.end(), len(edits) + 1)
        edits.append(edit)
    if not edits:
        raise EditError('no edits: <edit file="..."> does not occur')
    if sum(_size(e.search) + _size(e.replacement) for e in edits) > MAX_EDIT_BYTES:
        raise EditError(f"the edits have more than {MAX_EDIT_BYTES} bytes")
    return tuple(edits)


def render_edits(edits: Iterable[Edit]) -> str:
    """The canonical text of edits; `parse_edits` gives them back. Raises ValueError for what the format cannot hold."""
    return "\n".join(_render(edit) for edit in edits)


def apply_edits(repository: Repository, edits: Iterable[Edit], editable: tuple[str, ...] = ()) -> Repository:
    """The repository after all edits, in their order, each on what the ones before it left. Raises EditError: then
    none is applied.

    editable: globs of the files that may be changed or made (`*` within a folder, `**/` for folders at any depth);
      () allows all. New files lie in folders that the repository has; a new .c file in a folder of units is a unit.
    """
    texts = repository.texts
    for number, edit in enumerate(edits, 1):
        where = f"edit {number}"
        _check_file(edit.file, texts, editable, where)
        present = texts.get(edit.file)
        texts[edit.file] = _replaced(present, edit, where) if edit.search else _made(present or "", edit, where)
    return with_texts(repository, texts)


def changed_files(before: Repository, after: Repository) -> tuple[str, ...]:
    """Paths of the files of `after` that are new or differ."""
    old = before.texts
    return tuple(path for path, text in after.files if old.get(path) != text)


def with_texts(repository: Repository, texts: dict[str, str]) -> Repository:
    """The repository with these files instead; a new .c file in a folder of units is a unit."""
    folders = {_folder(unit) for unit in repository.units}
    new = [path for path in texts if path not in repository.texts]
    units = [path for path in new if path.endswith(".c") and _folder(path) in folders]
    return replace(repository, files=tuple(texts.items()), units=(*repository.units, *units))


def matches(path: str, globs: tuple[str, ...]) -> bool:
    """Whether one of the globs names the path: `*` within a folder, `**/` for folders at any depth."""
    return any(_glob(pattern).fullmatch(path) for pattern in globs)


def unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _after_thinking(text: str) -> int:
    """Where the answer begins: behind a leading block of thinking, which nothing closes when it ran out of tokens."""
    start = _SPACE.match(text, 0)
    at = start.end() if start else 0
    if not text.startswith("<think>", at):
        return 0
    end = text.find("</think>", at)
    if end < 0:
        raise EditError("no edits: the thinking does not end")
    return end + len("</think>")


def _parse_edit(text: str, at: int, number: int) -> tuple[Edit, int]:
    """The edit whose `<edit` ends at `at`, and where it ends."""
    where = f"edit {number}"
    at = _skip(text, at, 'file="', where)
    quote = text.find('"', at, at + 512)
    if quote < 0:
        raise EditError(f"{where}: the file's name does not end")
    file = text[at:quote]
    where = f"{where} ({file[:80]})" if _PATH.fullmatch(file) else where
    _check_path(file, where)
    at = _skip(text, quote + 1, ">", where)
    search, at = _element(text, at, "search", where)
    replacement, at = _element(text, at, "replacement", where)
    return Edit(file, search, replacement), _skip(text, at, "</edit>", where)


def _skip(text: str, at: int, expected: str, where: str) -> int:
    """Where `expected` ends, which follows `at` after white space."""
    space = _SPACE.match(text, at)
    at = space.end() if space else at
    if not text.startswith(expected, at):
        raise EditError(f"{where}: {expected} is missing before '{_shown(text[at : at + 40])}'")
    return at + len(expected)


def _element(text: str, at: int, tag: str, where: str) -> tuple[str, int]:
    begin = _skip(text, at, f"<{tag}>", where)
    end = text.find(f"</{tag}>", begin)
    if end < 0:
        raise EditError(f"{where}: </{tag}> is missing")
    inside = text[begin:end].removeprefix("\n").removesuffix("\n")
    if "\0" in inside:
        raise EditError(f"{where}: a NUL character")
    return inside, end + len(f"</{tag}>")


def _render(edit: Edit) -> str:
    try:
        _check_path(edit.file, "the edit")
    except EditError as error:
        raise ValueError(error.reason) from error
    for tag, text in (("search", edit.search), ("replacement", edit.replacement)):
        if f"</{tag}>" in text or "\r" in text or "\0" in text:
            raise ValueError(f"a {tag} with </{tag}>, a carriage return or a NUL cannot be written down")
    search, replacement = (f"\n{text}\n" if text else "" for text in (edit.search, edit.replacement))
    return f'<edit file="{edit.file}">\n<search>{search}</search>\n<replacement>{replacement}</replacement>\n</edit>\n'


def _check_path(path: str, where: str) -> None:
    try:
        check_path(path)
    except ValueError as error:
        raise EditError(f"{where}: {_shown(str(error))}") from error
    if not _PATH.fullmatch(path) or ".git" in path.lower().split("/"):
        raise EditError(f"{where}: '{_shown(path)}' is not a file that can be edited")


def _check_file(path: str, texts: dict[str, str], editable: tuple[str, ...], where: str) -> None:
    """Raises EditError for a path that leaves the project or is not to be touched."""
    _check_path(path, where)
    if editable and not matches(path, editable):
        raise EditError(f"{where}: {path} is not to be changed")
    if path not in texts:
        folder = _folder(path)
        if folder and not any(present.startswith(folder + "/") for present in texts):
            raise EditError(f"{where}: there is no folder {folder}")
        if any(present.startswith(path + "/") for present in texts):
            raise EditError(f"{where}: {path} is a folder")


def _glob(pattern: str) -> re.Pattern[str]:
    """`*` and `?` match within a folder, `**/` any number of folders."""
    pieces = (re.escape(piece).replace(r"\*", "[^/]*").replace(r"\?", "[^/]") for piece in pattern.split("**/"))
    return re.compile("(?:[^/]+/)*".join(pieces))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _made(present: str, edit: Edit, where: str) -> str:
    """The text of a new file (or of one that is there but empty); it ends with a newline."""
    if present:
        raise EditError(f"{where}: {edit.file} is there already, and the search is empty")
    return edit.replacement if edit.replacement.endswith("\n") or not edit.replacement else edit.replacement + "\n"


def _replaced(present: str | None, edit: Edit, where: str) -> str:
    if present is None:
        raise EditError(f"{where}: there is no file {edit.file}")
    text = unix_lines(present)
    at = text.find(edit.search)
    if at < 0:
        raise EditError(f"{where}: the search text is not in {edit.file}{_nearly(text, edit.search)}")
    if (again := text.find(edit.search, at + 1)) >= 0:
        lines = f"lines {_line(text, at)} and {_line(text, again)}"
        raise EditError(f"{where}: the search text is more than once in {edit.file} ({lines})")
    return text[:at] + edit.replacement + text[at + len(edit.search) :]


def _nearly(text: str, search: str) -> str:
    """Where the search text stands but for its white space; "" if nowhere."""
    wanted = "".join(search.split())
    places = [i for i, letter in enumerate(text) if not letter.isspace()]
    found = "".join(text[i] for i in places).find(wanted) if wanted else -1
    if found < 0:
        return ""
    line = _line(text, places[found])
    shown = _shown(text.split("\n")[line - 1])
    return f"; line {line} differs only in white space: '{shown}'"


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _shown(text: str) -> str:
    """On one line, short."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:120]).split())[:80]
