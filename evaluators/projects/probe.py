"""A hidden probe beside a candidate's repository: what is linked to what, and which tricks with headers are refused.

The probe is C of ours that calls the project's functions and reports what they do. It is compiled apart from the
candidate's units, but it has to include the project's headers - the candidate's own, when a feature adds to them - and
it is linked to the candidate's object. So two things are held to: the candidate's object shows the probe only what the
probe may ask for, never a `strcmp` of its own; and no header of the candidate's gives another meaning to the probe's
own words.
"""

from __future__ import annotations

import ctypes
import functools
import re
from dataclasses import replace

from evaluators.box.source_tree import SourceTree
from evaluators.errors import GraderFault
from evaluators.projects.repository import Repository
from evaluators.spec import FunctionSpec
from evaluators.text.source_text import TOKEN, splice
from evaluators.text.syntax import functions, parse, text_of

_WORD = re.compile(r"[A-Za-z_]\w*")
_DEFINED = re.compile(r"^[ \t]*(?:#|%:)[ \t]*(?:define|undef)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_INCLUDED = re.compile(r"^[ \t]*(?:#|%:)[ \t]*include[ \t]*<([^>\n]+)>", re.MULTILINE)
_WHERE_AM_I = re.compile(r"\b(?:__has_include\w*|__BASE_FILE__|__INCLUDE_LEVEL__|probe\.c)\b|[\"<]/")
MAX_NAMES = 200
"""What the linker's commands have room for."""
_C_WORDS = (
    "auto break case char const continue default do double else enum extern float for goto if inline int long "
    "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile "
    "while _Alignas _Alignof _Atomic _Bool _Complex _Generic _Noreturn _Static_assert _Thread_local "
)
KEYWORDS = frozenset(_C_WORDS.split())


def probe_text(probe: FunctionSpec) -> str:
    """Includes and static functions first, then the function that is called."""
    return f"{probe.prelude}\n{probe.reference}\n"


def probed_tree(
    repository: Repository,
    probe: FunctionSpec,
    trusted: tuple[Repository, ...],
    probe_headers: tuple[tuple[str, str], ...] | None = None,
) -> SourceTree:
    """The repository's units, linked to the probe.

    trusted: repositories of ours (as it was given, with the reference's edits); names of the C library that they define
      themselves are theirs. probe_headers: the headers that the probe sees; by default the repository's own.
    Raises GraderFault when it is too large a project for that.
    """
    text = probe_text(probe)
    headers = repository.headers() if probe_headers is None else probe_headers
    tree = repository.tree(text, probe_headers)
    return replace(tree, exports=_visible_names(repository, text, headers, trusted))


def header_tricks(before: Repository, after: Repository, reference: Repository, probe: FunctionSpec) -> str:
    """What is wrong with the headers that a change wrote, seen from the probe; "" if nothing.

    before: as it was given. after: as the candidate left it. reference: as ours left it.
    """
    old = before.texts
    changed = {path: code_of(text) for path, text in after.headers() if old.get(path) != text}
    system = {name for _, text in before.files for name in _INCLUDED.findall(code_of(text))}
    system |= set(_INCLUDED.findall(code_of(probe_text(probe))))
    for path in changed.keys() - old.keys():
        if shadowed := next((n for n in sorted(system) if path == n or path.endswith("/" + n)), ""):
            return f"{path} takes the place of <{shadowed}>"
    known = {word for r in (before, reference) for _, text in r.headers() for word in _WORD.findall(code_of(text))}
    macros = {name for r in (before, reference) for _, text in r.headers() for name in _DEFINED.findall(code_of(text))}
    own = set(_WORD.findall(code_of(probe_text(probe)))) - known
    for path, code in sorted(changed.items()):
        if place := _WHERE_AM_I.search(code):
            return f"'{place.group()}' is refused in {path}"
        for name in _DEFINED.findall(code):
            if name not in macros and (name in own or name in KEYWORDS or in_c_library(name)):
                return f"{path} gives '{name}' another meaning"
    return ""


def _visible_names(
    repository: Repository, probe: str, headers: tuple[tuple[str, str], ...], trusted: tuple[Repository, ...]
) -> tuple[str, ...]:
    """Names of the units' that the probe, or a header it includes, may refer to."""
    asked = set(_WORD.findall(code_of(probe))).union(*(_used_by(text) for _, text in headers))
    units = repository.texts
    offered = {word for unit in repository.units for word in _WORD.findall(code_of(units[unit]))}
    ours = frozenset[str]().union(*(_own_functions(r) for r in trusted))
    names = [name for name in (asked & offered) - KEYWORDS if name in ours or not in_c_library(name)]
    if len(names) > MAX_NAMES:
        raise GraderFault(f"the probe and the headers' functions use {len(names)} names of the project's")
    return tuple(sorted(names))


@functools.lru_cache(maxsize=256)
def _own_functions(repository: Repository) -> frozenset[str]:
    texts = repository.texts
    return frozenset(name for unit in repository.units for name in functions(parse(texts[unit])))


def _used_by(header: str) -> set[str]:
    """Words that a header makes its reader use: those in macros, in functions and in initial values."""
    root = parse(header)
    texts, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        if node.has_error or node.type in ("preproc_arg", "compound_statement", "init_declarator"):
            texts.append(text_of(node))
        else:
            waiting.extend(node.children)
    return {word for text in texts for word in _WORD.findall(code_of(text))}


def code_of(source: str) -> str:
    """The text as directives are read: lines joined, no comments."""
    kinds = ((match.lastgroup, match.group()) for match in TOKEN.finditer(splice(source)))
    return "".join(" " if kind == "comment" else text for kind, text in kinds)


@functools.cache
def in_c_library(name: str) -> bool:
    """Whether the C or mathematics library defines it: a candidate's own one would take its place."""
    return hasattr(_library(), name)


@functools.cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL("libm.so.6")
