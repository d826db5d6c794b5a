"""C as a sequence of tokens: when two answers are the same code, and how alike two of them are.

Comments and white space never count. For likeness, names do not count either: identifiers become v0, v1, ... in
order of appearance, so that renaming a variable or the function hides nothing.
"""

from __future__ import annotations

import functools
import hashlib
import re

_TOKEN = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | \s+
      | (?P<token> "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | [A-Za-z_]\w* | \.?\d[\w.]*
        | <<= | >>= | \.\.\. | -> | \+\+ | -- | << | >> | <= | >= | == | != | && | \|\| | [-+*/%&|^]= | \#\# | . )""",
    re.VERBOSE | re.DOTALL,
)
_KEYWORD = re.compile(
    "auto|break|case|char|const|continue|default|do|double|else|enum|extern|float|for|goto|if|inline|int|long|register"
    "|restrict|return|short|signed|sizeof|static|struct|switch|typedef|union|unsigned|void|volatile|while|NULL"
    "|size_t|u?int(8|16|32|64)_t|bool|true|false"
)
_NAME = re.compile(r"[A-Za-z_]\w*")

NGRAM = 8


def tokens(code: str) -> tuple[str, ...]:
    """The tokens of C source text, without comments and white space. Never fails: an odd character is its own token."""
    return tuple(filter(None, _TOKEN.findall(code)))


def code_sha256(code: str) -> str:
    """Identity of code up to comments and layout."""
    return hashlib.sha256("\0".join(tokens(code)).encode()).hexdigest()


def nameless(code: str) -> tuple[str, ...]:
    """The tokens with every identifier replaced by its order of appearance."""
    seen: dict[str, str] = {}
    return tuple(seen.setdefault(token, f"v{len(seen)}") if _is_name(token) else token for token in tokens(code))


@functools.lru_cache(maxsize=1 << 16)
def _is_name(token: str) -> bool:
    return bool(_NAME.fullmatch(token)) and not _KEYWORD.fullmatch(token)


@functools.lru_cache(maxsize=8192)  # a kept answer is compared with each further one to its question
def ngrams(code: str, n: int = NGRAM) -> frozenset[tuple[str, ...]]:
    """The set of n-grams of nameless tokens; the whole sequence when it is shorter than n."""
    sequence = nameless(code)
    if len(sequence) <= n:
        return frozenset({sequence})
    return frozenset(zip(*(sequence[i:] for i in range(n)), strict=False))
