"""What is decided without running anything: normal forms, refused words, damaged objects, observed bytes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evaluators.box.object_audit import audit_object
from evaluators.box.observation import Observation
from evaluators.judge import same
from evaluators.spec import FunctionSpec, Param
from evaluators.text.refused import hides_something, refused_after_expansion, refused_words
from evaluators.text.source_text import normalise, with_prelude
from evaluators.verdict import Kind, Verdict


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("int f(void){return 1;}", "int f ( void ) {\n\treturn 1; // one\n}\n"),
        ("int x; /* a\nb */ int y;", "int x;int y;"),
        ("#define A 1 \nint x=A;", "#define A 1\n\nint x = A;"),
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
    assert refused_words('int asmara, no_sane; /* asm */ char *s = "__asm__"; // asm') == ""
    assert refused_words('as\\\nm("nop");') == "asm"
    assert refused_words("#define X __asm__\n") == "__asm__"
    assert refused_words("#undef no_sanitize\n") == "no_sanitize"


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


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('#define S "a b"\nint f;', '#define S "a  b"\nint f;'),
        ("int f(void) { return __LINE__; }", "\nint f(void) { return __LINE__; }"),
        ("#define S(x) #x\nchar *s = S(a+b);", "#define S(x) #x\nchar *s = S(a + b);"),
        ("// x \\ \nint f(void);\n", "// x\nint f(void);\n"),
        (
            'char *s = R"x( " /* )x"; int a; char *t = R"y( */ " )y";',
            'char *s = R"x( " /* )x"; char *t = R"y( */ " )y";',
        ),
        ("int x = 0xe+1;", "int x = 0xe + 1;"),
        ("int x = a+ +b;", "int x = a++b;"),
        ("#define F(x) x\nint y;", "#define F (x) x\nint y;"),
        ("int x; // a ??/\nint y;", "int x; // a\nint y;"),
        ("#if 0\n' /*\n#endif\nint y;\n// */", "#if 0\n' /*\n#endif\n// */"),
        ("int f = __builtin_LINE();", "\nint f = __builtin_LINE();"),
    ],
)
def test_texts_that_mean_different_things_have_different_normal_forms(right: str, wrong: str) -> None:
    assert normalise(right) != normalise(wrong)


@pytest.mark.parametrize(
    "text",
    [
        'as\\ \nm("nop");',
        'as\\\r\nm("nop");',
        'char *s = R"x(" )x"; asm("nop"); char *t = R"y(" )y";',
        "__REDIRECT(f, (int x), a; nop) ;",
        '#if 0\n\' /*\n#endif\nasm("nop");\n// */',
        '#if 0\n#error don\'t /*\n#endif\nasm("nop");\n// */',
        '#if __has_include(<a/*>)\n#endif\nasm("nop");\n// */',
        'as\\\0\nm("nop");',
    ],
)
def test_words_cannot_be_hidden_from_the_refusal(text: str) -> None:
    assert refused_words(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('__attribute__((section(".text\\nnop"))) int f;', "section"),
        ('__attribute__((unused, __section__(".x"))) int f;', "section"),
        ('[[gnu::section("x")]] int y;', "section"),
        ('int v __attribute__((alias("w")));', "alias"),
        ('__attribute__((unused("nop"))) int f;', "text"),
        ("#pragma weak a = b\nint a;", "weak"),
        ('#pragma GCC optimize ("O3")\nint a;', "optimize"),
        ('int f(int) __asm__("a; nop");', "asm"),
        ('void f(void) { __asm__ __volatile__ ("nop"); }', "asm"),
    ],
)
def test_what_reaches_the_assembler_is_found_after_expansion(text: str, named: str) -> None:
    assert hides_something(text) or refused_words(text)
    assert named in refused_after_expansion(text)


@pytest.mark.parametrize(
    "text",
    [
        "int section(int alias) { return alias; }\nint constructor(int target) { return section(target); }",
        "__attribute__((unused, noinline)) static int f(void) { return 0; }",
        "__attribute__((format(printf, 1, 2), nonnull(1))) void say(const char *format, ...);",
        "[[maybe_unused]] static int a; int b[4]; int c(int i) { return b[b[i]]; }",
        '#pragma GCC diagnostic ignored "-Wall"\n#pragma once\nint x;',
        "#define GLUE(a, b) a##b\nint GLUE(x, y);",
    ],
)
def test_ordinary_attributes_names_and_pragmas_are_let_through(text: str) -> None:
    assert refused_words(text) == ""
    assert refused_after_expansion(text) == ""


def test_the_c_librarys_headers_are_let_through(grade: Callable[[str], Verdict]) -> None:
    """Their own assembler names and attributes, looked at because of the pasting."""
    headers = ("stdio", "stdlib", "string", "math", "ctype", "pthread", "time", "signal", "setjmp", "wchar", "threads")
    source = "#define GLUE(a, b) a##b\n" + "".join(f"#include <{name}.h>\n" for name in headers)
    verdict = grade(
        source + "int GLUE(to, tal)(const int *a, int n) { int s = 0; while (n-- > 0) s += a[n]; return s; }"
    )
    assert verdict.passed, verdict


def test_a_section_name_pasted_together_is_refused(grade: Callable[[str], Verdict]) -> None:
    before = '#define GLUE(a, b) a##b\n__attribute__((GLUE(sec, tion)(".text\\nnop\\n#"))) static int z;\n'
    verdict = grade(before + "int total(const int *a, int n) { int s = z; while (n-- > 0) s += a[n]; return s; }")
    assert verdict.kind is Kind.TAMPER
    assert "section" in verdict.evidence


def test_a_directive_behind_a_comment_is_looked_at_after_expansion() -> None:
    assert hides_something("/* x */ #include <sys/sdt.h>\nint x;")
    assert not hides_something("#include <stdio.h> // for printf\nint x;")
