"""Families over NUL-terminated strings: scans and edits."""

from __future__ import annotations

from evaluators.spec import Param
from loop.tasks.kata import ints
from loop.tasks.kata.ints import Fold, both
from loop.tasks.kata.parts import Chooser, Family, Part, Pick, Slots

HELD = ints.HELD
ALPHABET = "aeibzmAEQZ0379  ,.-_"

CLASS = (
    Part("lower", ("lowercase letters",), ("c >= 'a' && c <= 'z'",), (), 0.0),
    Part("upper", ("uppercase letters", "capital letters"), ("c >= 'A' && c <= 'Z'",)),
    Part("digit", ("digits", "decimal digits"), ("c >= '0' && c <= '9'",), ("c > '0' && c < '9'",), HELD),
    Part("space", ("spaces", "blanks"), ("c == ' '",)),
    Part(
        "vowel", ("lowercase vowels",), ("c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'",),
        ("c == 'a' || c == 'e' || c == 'o' || c == 'u'",), 0.55,
    ),
    Part("letter", ("letters of either case",), ("(c | 32) >= 'a' && (c | 32) <= 'z'",), ("c >= 'a' && c <= 'z'",),
         HELD),
    Part("nondigit", ("characters that are not digits",), ("c < '0' || c > '9'",)),
    Part("nonspace", ("characters other than spaces",), ("c != ' '",)),
    Part("mark", ("commas and full stops",), ("c == ',' || c == '.'",), ("c == ',' && c == '.'",), 0.5),
    Part("hexdigit", ("digits and letters a to f",), ("c >= '0' && c <= '9' || c >= 'a' && c <= 'f'",), (), 0.0),
    Part("zero", ("zeros", "0 characters"), ("c == '0'",), ("c == 0",), 0.5),
    Part("early", ("lowercase letters up to m inclusive",), ("c >= 'a' && c <= 'm'",), ("c >= 'a' && c < 'm'",), HELD),
)  # fmt: skip
EXTENT = (
    Part("whole", ("in s", "of s"), (("s[i]", ""),)),
    Part("word", ("of s before its first space",), (("s[i] && s[i] != ' '", ""),)),
    Part("evenindex", ("of s at even indices",), (("s[i]", "i % 2 == 0"),)),
    Part("oddindex", ("of s at odd indices",), (("s[i]", "i % 2 == 1"),)),
    Part("afterfirst", ("of s after its first character",), (("s[i]", "i > 0"),), (("s[i]", "i > 1"),), 0.5),
    Part("firstten", ("among the first 5 characters of s",), (("i < 5 && s[i]", ""),), (("i <= 5 && s[i]", ""),), 0.55),
    Part("afterspace", ("of s right after a space",), (("s[i]", "i > 0 && s[i - 1] == ' '"),),
         (("s[i]", "s[i - 1] == ' '"),), HELD),
)  # fmt: skip
OF_CHARS = (
    Part("count", ("the number of {np}", "how many {np} there are"), (Fold("int r = 0;", ("r++;",)),)),
    Part(
        "firstat", ("the index of the first of the {np} (-1 if none)",),
        (Fold("int r = -1;", ("if (r < 0)", "r = i;")),), (Fold("int r = 0;", ("if (r == 0)", "r = i;")),), 0.55,
    ),
    Part("lastat", ("the index of the last of the {np} (-1 if none)",), (Fold("int r = -1;", ("r = i;",)),)),
    Part(
        "run", ("the length of the longest run of {np}",),
        (Fold("int r = 0, run = 0;", ("run++;", "if (run > r)", "r = run;"), otherwise="run = 0;"),),
    ),
    Part("codesum", ("the sum of the character codes of the {np}",), (Fold("int r = 0;", ("r += c;",)),)),
    Part("greatest", ("the greatest character code among the {np} (0 if none)",),
         (Fold("int r = 0;", ("if (c > r)", "r = c;")),)),
    Part("indexsum", ("the sum of the indices of the {np}",), (Fold("int r = 0;", ("r += i;",)),)),
)  # fmt: skip


def scan_walk(extent: tuple[str, str]) -> str:
    return f"for (int i = 0; {extent[0]}; i++)"


def _scan_body(parts: Slots, choose: Chooser) -> list[str]:
    fold, extent = choose(parts["reducer"]), choose(parts["extent"])
    condition = both(extent[1], choose(parts["class"]))
    return [
        fold.declare,
        scan_walk(extent) + " {",
        "char c = s[i];",
        *ints.step(condition, fold, "c"),
        "}",
        "return r;",
    ]


def _scan_say(parts: Slots, pick: Pick) -> str:
    np = pick(parts["class"].phrases) + " " + pick(parts["extent"].phrases)
    what = pick(parts["reducer"].phrases).replace("{np}", np)
    return pick((f"Return {what}.", f"Scan the string s and return {what}.", f"Find {what}."))


SCAN = Family(
    "scan", "scan", "int", (Param("s", "const char *", "buffer", elem="u8", alphabet=ALPHABET, max_len=14),),
    (("reducer", OF_CHARS), ("class", CLASS), ("extent", EXTENT)),
    _scan_body, _scan_say, limit=380,
)  # fmt: skip

EDIT = (
    Part("star", ("replaced by '*'", "overwritten with '*'"), ("s[i] = '*';",)),
    Part("underscore", ("replaced by '_'",), ("s[i] = '_';",)),
    Part("next", ("replaced by the next character code",), ("s[i] = c + 1;", "s[i]++;")),
    Part("flipcase", ("with bit 5 of the code flipped",), ("s[i] = c ^ 32;",), ("s[i] = c | 32;",), HELD),
    Part("index", ("replaced by the digit i % 10",), ("s[i] = '0' + i % 10;",), ("s[i] = i % 10;",), 0.55),
    Part("previous", ("replaced by the character before it (unchanged at index 0)",),
         ("if (i > 0)\ns[i] = s[i - 1];",), ("s[i] = s[i - 1];",), HELD),
)  # fmt: skip


def _edit_body(parts: Slots, choose: Chooser) -> list[str]:
    extent = choose(parts["extent"])
    condition = both(extent[1], choose(parts["class"]))
    store = choose(parts["edit"])
    return [scan_walk(extent) + " {", "char c = s[i];", f"if ({condition})", store, "}"]


def _edit_say(parts: Slots, pick: Pick) -> str:
    np = pick(parts["class"].phrases) + " " + pick(parts["extent"].phrases)
    how = pick(parts["edit"].phrases)
    return pick((f"Edit s in place: the {np} are {how}.", f"In the string s, the {np} must be {how}."))


S_INOUT = Param("s", "char *", "buffer", elem="u8", alphabet=ALPHABET, max_len=14, mutable=True)
EDITS = Family(
    "edit", "edit", "void", (S_INOUT,),
    (("edit", EDIT), ("class", CLASS), ("extent", EXTENT[:6])),
    _edit_body, _edit_say, limit=300,
)  # fmt: skip

REMOVE = (
    Part("drop", ("Delete the {np}",), ("!({c})",), ("{c}",), 0.5),
    Part("keep", ("Keep only the {np}, delete the rest",), ("{c}",)),
)
CARRY = (
    Part("plain", ("",), ("c",)),
    Part("shifted", (", and raise the code of what stays by one",), ("c + 1",)),
    Part("folded", (", and set bit 5 of what stays",), ("c | 32",), ("c ^ 32",), 0.5),
)


def _remove_body(parts: Slots, choose: Chooser) -> list[str]:
    condition = choose(parts["mode"]).replace("{c}", choose(parts["class"]))
    close = choose(parts["close"])
    walk = ["int j = 0;", "for (int i = 0; s[i]; i++) {", "char c = s[i];", f"if ({condition})"]
    return [*walk, f"s[j++] = {choose(parts['carry'])};", "}", close, "return j;"]


def _remove_say(parts: Slots, pick: Pick) -> str:
    np = pick(parts["class"].phrases) + " of s"
    text = pick(parts["mode"].phrases).replace("{np}", np) + pick(parts["carry"].phrases)
    return text + pick((". Return the new length.", "; return the length that remains."))


CLOSE = (Part("close", ("",), ("s[j] = 0;", "s[j] = '\\0';")),)
REMOVES = Family(
    "remove", "strip", "int", (S_INOUT,),
    (("mode", REMOVE), ("class", CLASS), ("carry", CARRY), ("close", CLOSE)),
    _remove_body, _remove_say, limit=80,
)  # fmt: skip

FAMILIES = (SCAN, EDITS, REMOVES)
