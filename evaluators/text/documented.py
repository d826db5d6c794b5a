"""What a comment must say to count as documentation: rules that can be checked, not a judgment of its quality.

Of a comment only prose counts: lines that are C statements are dropped. The prose
- has at least so many words, two of them neither the symbol's name, nor a part of it, nor a parameter's name;
- is no placeholder (TODO, FIXME, lorem ipsum...) and no code;
- is not what another declaration's comment says, each without its own name;
- of a function or macro, names every parameter that has a name;
- of a function that returns something, has one of `RESULT`.
A comment that keeps all of these and still says something false, or nothing of use, passes.
"""

from __future__ import annotations

import re

from evaluators.text.declarations import Declaration
from evaluators.text.syntax import parse, walk

_GIVING = ("return", "returns", "returned", "returning", "result", "results", "yields", "gives", "whether")
RESULT = frozenset((*_GIVING, "true", "false", "null"))
"""A function's comment says what comes back with one of these words."""
_PLACEHOLDER = re.compile(r"\b(?:todo|fixme|xxx|tbd|lorem|ipsum|placeholder)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_](?:[\w'-]*[^\W_])?|\w+")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
OWN_WORDS = 2
"""Words that a comment must have beyond names."""


def undocumented(declared: list[Declaration], wanted: tuple[str, ...], words: int) -> str:
    """What the first declaration that is not documented lacks; "" if all are.

    wanted: names; () for all. A name that is declared twice (a struct and its typedef) is documented at either place.
    """
    for name in wanted or tuple(dict.fromkeys(d.name for d in declared)):
        places = [d for d in declared if d.name == name]
        problems = [_problem(d, declared, words) for d in places]
        if all(problems):
            return f"{name}: {problems[-1]}" if problems else f"{name} is not declared"
    return ""


def _problem(declaration: Declaration, declared: list[Declaration], words: int) -> str:
    if not declaration.comment:
        return "no comment directly before it"
    if found := _PLACEHOLDER.search(declaration.comment):
        return f"its comment says '{found.group()}'"
    prose = _prose(declaration.comment)
    if not prose:
        return "its comment is code"
    said = _WORD.findall(prose)
    if len(said) < words:
        return f"its comment has {len(said)} words, {words} are asked"
    if len(_own_words(declaration, said)) < OWN_WORDS:
        return "its comment repeats names"
    if other := _same_comment(declaration, declared):
        return f"its comment is that of {other}"
    if missing := [p for p in declaration.parameters if not re.search(rf"\b{re.escape(p)}\b", prose)]:
        return f"its comment does not name the parameter {missing[0]}"
    if declaration.gives and not RESULT & {word.lower() for word in said}:
        return "its comment does not say what it returns"
    return ""


def _prose(comment: str) -> str:
    """The comment without lines of code; "" when all of it is code."""
    if _is_code(comment):
        return ""
    return "\n".join(line for line in comment.splitlines() if not _is_code(line))


def _is_code(text: str) -> bool:
    """Whether it reads as C statements or declarations: prose has too many words in a row for that."""
    text = text.strip()
    if not text or not re.search(r"[;{}]\s*$", text):
        return False
    balanced = text + "}" * max(0, text.count("{") - text.count("}"))
    root = parse("void f(void) {" + "{" * max(0, text.count("}") - text.count("{")) + f"{balanced}\n}}")
    return not any(node.is_error or node.is_missing for node in walk(root))


def _own_words(declaration: Declaration, said: list[str]) -> set[str]:
    names = {declaration.name, *declaration.parameters}
    parts = {part.lower() for name in names for part in (*_PART.findall(name), name)}
    return {word.lower() for word in said} - parts


def _same_comment(declaration: Declaration, declared: list[Declaration]) -> str:
    """Another declaration, on another line, whose comment says the same, both names left out."""
    for other in declared:
        names = {declaration.name, other.name}
        apart = other.line != declaration.line and len(names) == 2
        if apart and _without(names, other.comment) == _without(names, declaration.comment):
            return other.name
    return ""


def _without(names: set[str], comment: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(comment) if word not in names]
