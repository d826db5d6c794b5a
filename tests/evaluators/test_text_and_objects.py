"""What is decided without running anything: normal forms, refused words, damaged objects, observed bytes."""

from __future__ import annotations

import pytest

from evaluators.box.object_audit import audit_object
from evaluators.box.observation import Observation
from evaluators.judge import same
from evaluators.source_text import forbidden, normalise, with_prelude
from evaluators.spec import FunctionSpec, Param


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("int f(void){return 1;}", "int f ( void ) {\n\treturn 1; // one\n}\n"),
        ("int x; /* a\nb */ int y;", "int x;int y;"),
        ("#define  A 1\nint x=A;", "#define A 1\n\nint x = A;"),
    ],
)
def test_layout_is_not_content(a: str, b: str) -> None:
    assert normalise(a) == normalise(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ('char *s = "a b";', 'char *s = "ab";'),
        ('char *s = "/* x */";', 'char *s = "";'),
        ("int a b;", "int ab;"),
        ("a + ++b;", "a++ + b;"),
        ("#define A\nint x;", "#define A int x;"),
        ("x = '\"'; y;", "x = '\"';"),
    ],
)
def test_content_is_kept(a: str, b: str) -> None:
    assert normalise(a) != normalise(b)


def test_a_refused_word_counts_only_as_a_word() -> None:
    assert forbidden('int asmara, no_sane; /* asm */ char *s = "__asm__"; // asm') == ""
    assert forbidden('as\\\nm("nop");') == "asm"
    assert forbidden("#define X __asm__\n") == "__asm__"
    assert forbidden("#undef no_sanitize\n") == "no_sanitize"


def test_diagnostics_count_lines_of_the_candidate() -> None:
    assert '#line 1 "candidate.c"\nint f;' in with_prelude("typedef int T;", "int f;")


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"\x7fELF\x02\x01" + b"\xff" * 100, b"MZ" * 50])
def test_a_damaged_object_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="ELF"):
        audit_object(data, sanitized=False)


def test_a_void_functions_return_register_is_not_compared() -> None:
    spec = FunctionSpec("f", "void", (Param("a", "int *", "buffer", mutable=True),), "")
    one, two = Observation(b"\1\0\0\0", (b"\0" * 8,)), Observation(b"\2\0\0\0", (b"\0" * 8,))
    assert same(spec, one, two)
    assert not same(spec, one, Observation(b"\1\0\0\0", (b"\0" * 7 + b"\1",)))
