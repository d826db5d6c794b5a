"""C text without compiling it: the translation phases that come before tokens, tokens, and a normal form."""

from __future__ import annotations

import re

_SPLICE = re.compile(r"\\[ \t\f\v\0]*\n")  # gcc allows blanks between the backslash and the newline
TOKEN = re.compile(
    r"""
    (?P<comment> /\*.*?\*/ | //[^\n]* )
  | (?P<unended> /\*.*\Z )  # no comment to gcc, but an error
  | (?P<text> "(?:\\[^\n]|[^"\\\n])*"? | '(?:\\[^\n]|[^'\\\n])*'? )  # without an end: up to the line's, as in gcc
  | (?P<directive> ^[ \t]*(?:\#|%:)
        (?:/\*.*?(?:\*/|\Z)|"(?:\\[^\n]|[^"\\\n])*"?|'(?:\\[^\n]|[^'\\\n])*'?|//[^\n]*|[^\n])* )
  | (?P<number> \.?[0-9](?:[eEpP][-+]|[\w.])* )
  | (?P<word> [^\W\d][\w$]* )
  | (?P<space> \n | [^\S\n]+ )  # a line at a time: what follows it may be a directive, indented or not
  | (?P<operator> <<=|>>=|\.\.\.|->|\+\+|--|<<|>>|[-+*/%&^|<>=!]=|&&|\|\||\#\# )
  | (?P<other> . )
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
# Where layout is part of the meaning, or where these tokens would not be gcc's: such text is its own normal form.
_LAYOUT_COUNTS = re.compile(
    r"""__LINE__ | _LINE\b | __COUNTER__ | assert | \#\# | \\[ \t\f\v]*\n | \\\r | \b(?:u8|[uUL])?R["]"""
    r""" | \?\?[=/'()!<>-] | [\0\r\f\v] | <: | %: | <%"""
    r""" | ^[ \t]*\#[^\n]*(?:/\*|//) | ^[ \t]*\#[ \t]*[^#\s][^#\n]*\#"""
    r""" | ^[ \t]*\#[ \t]*(?:line|[0-9]) """,
    re.MULTILINE | re.VERBOSE,
)


def splice(source: str) -> str:
    """Lines joined as the compiler joins them: at a backslash, blanks or none, and the end of the line."""
    return _SPLICE.sub("", source.replace("\r\n", "\n"))


def normalise(source: str) -> str:
    """Tokens with one separator between them: comments and layout gone, directives on lines of their own.

    Two sources with the same normal form compile to the same program. Where layout carries meaning (`__LINE__`,
    stringification, spliced lines, raw strings, ...) the source is its own normal form.
    """
    text = source.replace("\r\n", "\n")
    if _LAYOUT_COUNTS.search(text):
        return "verbatim\n" + source
    out: list[str] = []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "directive":
            out.append("\n" + match.group().strip() + "\n")
        elif kind not in ("comment", "space"):
            out.append(match.group())
    return " ".join(out)


def with_prelude(prelude: str, source: str) -> str:
    """The text that is compiled; a candidate that repeats the prelude does not get it twice."""
    if prelude.strip() and normalise(prelude) not in normalise(source):
        source = f'{prelude}\n#line 1 "candidate.c"\n{source}'
    return source
