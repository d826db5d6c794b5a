"""What can be said of C text without compiling it: its normal form, and the constructs that are refused."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    (?P<comment> /\*.*?\*/ | //[^\n]* )
  | (?P<text> "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
  | (?P<directive> ^[ \t]*\#(?:\\\n|[^\n])* )
  | (?P<word> \w+ )
  | (?P<space> \s+ )
  | (?P<operator> <<=|>>=|->|\+\+|--|<<|>>|[-+*/%&^|<>=!]=|&&|\|\||\#\# )
  | (?P<other> . )
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
_FORBIDDEN = re.compile(
    r"\b(?:asm|__asm|__asm__|no_sanitize\w*|__no_sanitize\w*|__no_address_safety_analysis__|no_address_safety_analysis)\b"
)


def normalise(source: str) -> str:
    """Tokens with one separator between them: comments and layout gone, directives on lines of their own.

    Two sources with the same normal form compile to the same program.
    """
    out: list[str] = []
    for match in _TOKEN.finditer(source.replace("\r\n", "\n").replace("\\\n", "")):
        kind = match.lastgroup
        if kind == "directive":
            out.append("\n" + " ".join(match.group().split()) + "\n")
        elif kind not in ("comment", "space"):
            out.append(match.group())
    return " ".join(out)


def forbidden(source: str) -> str:
    """The first word that could hide something from the sanitizers; "" if none."""
    for match in _TOKEN.finditer(source.replace("\\\n", "")):
        if match.lastgroup in ("word", "directive") and (found := _FORBIDDEN.search(match.group())):
            return found.group()
    return ""


def with_prelude(prelude: str, source: str) -> str:
    """The text that is compiled; a candidate that repeats the prelude does not get it twice."""
    if prelude.strip() and normalise(prelude) not in normalise(source):
        source = f'{prelude}\n#line 1 "candidate.c"\n{source}'
    return source
