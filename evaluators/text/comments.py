"""C text without its comments, as tokens; and what a comment says.

Where a comment ends is decided as the compiler decides it: lines that end in a backslash (and space) are joined first,
a quote inside a comment opens nothing, a comment inside a string is none. Trigraphs are not translated, as in gnu11.
"""

from __future__ import annotations

import re

from evaluators.text.source_text import splice

_TOKEN = re.compile(
    r"""
    (?P<comment> /\*.*?\*/ | //[^\n]* )
  | (?P<literal> (?:u8|[LuU])?(?: "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' ) )
  | (?P<number> \.?[0-9](?:[eEpP][+-]|[\w.])* )
  | (?P<word> \w+ )
  | (?P<newline> \n )
  | (?P<space> [^\S\n]+ )
  | (?P<operator> \.\.\.|<<=|>>=|->|\+\+|--|<<|>>|[-+*/%&^|<>=!]=|&&|\|\||\#\# )
  | (?P<other> . )
    """,
    re.DOTALL | re.VERBOSE,
)
_DECORATION = re.compile(r"^[ \t]*(?:/\*[*!]*<?|//[/!]*<?|\*+(?!/)|)[ \t]?|[ \t]*\**\*/[ \t]*$", re.MULTILINE)


def code_tokens(text: str) -> list[str]:
    """The tokens of `text` besides comments. A directive is framed by "\\n"; `#define f(x)` gives "f(", not "f", "(".

    Two files with the same tokens differ in comments and layout alone.
    """
    out: list[str] = []
    line: list[str] = []
    spaced = True
    for match in _TOKEN.finditer(splice(text)):
        kind, token = match.lastgroup, match.group()
        if kind == "newline":
            out += _framed(line)
            line = []
        elif kind in ("comment", "space"):
            spaced = True
            continue
        elif token == "(" and not spaced and len(line) == 3 and line[:2] == ["#", "define"]:
            line[2] += token
        else:
            line.append(token)
        spaced = False
    return out + _framed(line)


def _framed(line: list[str]) -> list[str]:
    return ["\n", *line, "\n"] if line[:1] in (["#"], ["%:"]) else line


def first_difference(before: list[str], after: list[str]) -> str:
    """The first token that differs, with its neighbours; "" when there is none."""
    same = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    if same == len(before) == len(after):
        return ""
    return f"'{_around(before, same)}' becomes '{_around(after, same)}'"


def _around(tokens: list[str], at: int) -> str:
    return " ".join(" ".join(tokens[max(0, at - 3) : at + 5]).split()) or "the end of the file"


def comment_text(comment: str) -> str:
    """What a comment says, line by line, without its slashes and stars."""
    return "\n".join(line.rstrip() for line in _DECORATION.sub("", comment).splitlines()).strip()
