"""What an answer must look like to be read, as a grammar (GBNF; llama.cpp, grammars/README.md).

A model that keeps to it makes no format errors; whether its answer is right is another matter. The readers
(`loop.pipeline.reading`) stay as strict as they are. In C and its edits a grammar cannot say "up to the closing mark",
so it allows neither "</" in a text of an edit nor a fence in code, except where a character before it hides it.
"""

from __future__ import annotations

import json

from loop.pipeline.reading import MAX_POINTS
from loop.pipeline.stage import Call

_PATH = "path ::= [A-Za-z0-9_.+/-]+"
_POINTS = rf"""root ::= line ("\n" line){{0,{MAX_POINTS - 1}}}
line ::= path (": " [A-Za-z_] [A-Za-z0-9_]*)?
{_PATH}"""
_EDITS = rf"""root ::= edit ("\n" "\n"? edit)* "\n"?
edit ::= "<edit file=\"" path "\">\n" search "\n" replacement "\n</edit>"
search ::= "<search>" text "</search>"
replacement ::= "<replacement>" text "</replacement>"
text ::= ([^<] | "<" [^/])*
{_PATH}"""
_CODE = r"""root ::= "```c\n" text "```"
text ::= ([^`] | "`" [^`] | "``" [^`])*"""


def grammar_of(call: Call) -> str:
    """The grammar of the call's answer: one of its options, points, edits, or a block of C."""
    if call.options:
        return "root ::= " + " | ".join(json.dumps(option) for option in call.options)
    return {"points": _POINTS, "edits": _EDITS}.get(call.kind, _CODE)
