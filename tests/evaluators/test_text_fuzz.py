"""Text and objects that nobody meant: no exception but the documented one, and normal forms that gcc agrees with."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluators.box.compile import build_trusted
from evaluators.box.object_audit import audit_object
from evaluators.box.toolchain import find_toolchain
from evaluators.text.refused import hides_something, refused_after_expansion, refused_words
from evaluators.text.source_text import TOKEN, normalise, splice, with_prelude

PIECES = st.sampled_from(
    [
        *(
            "int x = 1;",
            "a",
            "+",
            "++",
            "-",
            "0xe",
            "1e",
            ".5",
            "f(",
            ")",
            "{",
            "}",
            "asm",
            "R",
            "L",
            "u8",
            "S",
            "T(a + b)",
        ),
        *(
            '"a b"',
            '"',
            "'",
            "'\"'",
            "/*",
            "*/",
            "//",
            "/",
            "*",
            "\\",
            "\\ ",
            "\n",
            "\r\n",
            "\n\n",
            " ",
            "\t",
            "\f",
            "\0",
        ),
        *(
            "#",
            "##",
            "#define S x\n",
            "\n#define T(x) #x\n",
            "\n#if 0\n",
            "\n#endif\n",
            "\n#error it's\n",
            "%:",
            "<:",
            "??/",
        ),
        *("__LINE__", "__attribute__((", "[[", '"é"', "\\u00e9", "é", "\x80", "_Pragma(", "(", "]", ";", "<<=", "..."),
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=200)
LAYOUT = st.sampled_from([" ", "\n", "\t", "/* c */", "// c\n", "\\\n", "\\ \n", "\r\n", "/**/"])


@given(TEXTS)
@settings(max_examples=250, deadline=None)
def test_any_text_has_a_normal_form_and_a_look(text: str) -> None:
    normalise(text)
    splice(text)
    refused_words(text)
    hides_something(text)
    refused_after_expansion(text)
    with_prelude("typedef int T;", text)


@given(TEXTS)
@settings(max_examples=250, deadline=None)
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    once = normalise(text)
    again = normalise(once)
    assume(not once.startswith("verbatim\n") and not again.startswith("verbatim\n"))
    assume(all(_ends(m.group()) for m in TOKEN.finditer(text) if m.lastgroup == "text"))
    assert again.split() == once.split()


def _ends(quoted: str) -> bool:
    """A quote without an end reaches to the end of its line; no program has one."""
    return len(quoted) > 1 and quoted[-1] == quoted[0]


@given(st.lists(PIECES, min_size=1, max_size=14), st.data())
@settings(max_examples=100, deadline=None)
def test_texts_with_one_normal_form_are_one_text_to_gcc(pieces: list[str], data: st.DataObject) -> None:
    """What the preprocessor makes of them, blanks between tokens aside."""
    at = data.draw(st.integers(0, len(pieces)))
    other = [*pieces[:at], data.draw(LAYOUT), *pieces[at + data.draw(st.integers(0, 1)) :]]
    one, two = "".join(pieces), "".join(other)
    assume(one != two and normalise(one) == normalise(two))
    assert _preprocessed(one) == _preprocessed(two)


def _preprocessed(text: str) -> tuple[bool, list[str]]:
    """Whether gcc takes it, and the tokens that it makes."""
    assert shutil.which("gcc")
    command = ["gcc", "-E", "-P", "-x", "c", "-std=gnu11", "-w", "-"]
    done = subprocess.run(command, input=text.encode("utf-8", "replace"), capture_output=True)
    out = done.stdout.decode("utf-8", "replace")
    tokens = re.findall(r'"(?:\\.|[^"\\\n])*"?|\'(?:\\.|[^\'\\\n])*\'?|\.?\d(?:[eEpP][-+]|[\w.])*|\w+|[^\w\s]', out)
    return done.returncode == 0, tokens if done.returncode == 0 else []


@pytest.mark.parametrize(
    "character", ["#", "/", "*", "\\", '"', "'", "(", "[", " ", "\n", "\t", "x", "0", "%", "?", "_"]
)
def test_a_long_text_of_one_character_is_no_work(character: str) -> None:
    """A pattern that tries every end for every beginning would need minutes."""
    for text in (
        character * 100_000,
        "#define " + character * 100_000,
        f"{character} " * 50_000,
        f"{character}\n" * 50_000,
    ):
        normalise(text)
        refused_words(text)
        hides_something(text)


@cache
def _objects() -> tuple[bytes, ...]:
    """Shared objects, plain and sanitized, as the candidate's are."""
    source = "static int t[64]; int f(int x) { return t[x & 63] + x; }"
    scratch = Path(tempfile.mkdtemp())
    try:
        flags = ("-shared", "-fPIC", "-nostartfiles")
        return tuple(
            build_trusted(find_toolchain(), source, (*flags, *more), scratch) for more in ((), ("-fsanitize=address",))
        )
    finally:
        shutil.rmtree(scratch)


@given(
    st.sampled_from([0, 1]),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=12),
    st.booleans(),
)
@settings(max_examples=250, deadline=None)
def test_a_mutated_object_is_judged_or_damaged(which: int, changes: list[tuple[int, int]], sanitized: bool) -> None:
    data = bytearray(_objects()[which])
    for at, value in changes:
        data[at % len(data)] = value
    _audit(bytes(data), sanitized)


@given(st.sampled_from([0, 1]), st.sampled_from(range(0x28, 0x40)), st.binary(min_size=1, max_size=8), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_head_that_points_anywhere_is_judged_or_damaged(which: int, at: int, change: bytes, sanitized: bool) -> None:
    data = _objects()[which]
    _audit(data[:at] + change + data[at + len(change) :], sanitized)


@given(st.sampled_from([0, 1]), st.floats(0, 1), st.booleans())
@settings(max_examples=100, deadline=None)
def test_a_cut_object_is_judged_or_damaged(which: int, share: float, sanitized: bool) -> None:
    data = _objects()[which]
    _audit(data[: int(len(data) * share)], sanitized)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_bytes_with_an_elf_magic_are_judged_or_damaged(data: bytes) -> None:
    _audit(b"\x7fELF\x02\x01" + data, False)


def _audit(data: bytes, sanitized: bool) -> None:
    try:
        assert isinstance(audit_object(data, sanitized=sanitized), str)
    except ValueError as damaged:
        assert "ELF" in str(damaged)
