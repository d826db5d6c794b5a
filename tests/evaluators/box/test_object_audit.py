"""What an object may not contain, in a single unit and in one that is still to be linked."""

from __future__ import annotations

import struct

import pytest

from evaluators.box.object_audit import audit_object
from evaluators.box.source_tree import SourceTree, single
from evaluators.box.workshop import Workshop
from evaluators.verdict import Kind

F = "int f(int x) { return x; }\n"
CALLED = "static void g(void) { } void (*p)(void) __attribute__((section({}), used)) = g;"
LINKER = ("one in .preinit_array", "a versioned main", "an array under another name")
"""ld or as refuse these themselves in some kind of object."""
BAD = {
    "a constructor": "__attribute__((constructor)) static void g(void) { }",
    "an early constructor": "__attribute__((constructor(101))) static void g(void) { }",
    "a destructor": "__attribute__((destructor)) static void g(void) { }",
    "a function in .init_array": CALLED.replace("{}", '".init_array"'),
    "one in a numbered .init_array": CALLED.replace("{}", '".init_array.7"'),
    "one in .preinit_array": CALLED.replace("{}", '".preinit_array"'),
    "one in .ctors": CALLED.replace("{}", '".ctors"'),
    "code in .init": '__attribute__((section(".init"))) void g(void) { }',
    "_init itself": "void _init(void) { }",
    "_fini itself": "void _fini(void) { }",
    "an array under another name": "static void g(void) { }\n"
    'void (*p)(void) __attribute__((section(".mine,\\"aw\\",@init_array #"), used)) = g;',
    "an indirect function": 'static void *r(void) { return r; } int h(int) __attribute__((ifunc("r")));',
    "a main": "int main(void) { return 0; }",
    "a weak main": "__attribute__((weak)) int main(void) { return 0; }",
    "a versioned main": '__attribute__((used)) int m(void) { return 0; } __asm__(".symver m, main@@V1");',
    "a sanitizer's option": 'const char *__asan_default_options(void) { return "detect_leaks=0"; }',
    "a sanitizer's hook": "void __asan_on_error(void) { }",
    "another one's": "void __ubsan_handle_add_overflow(void) { }",
    "a leak checker's": "int __lsan_is_turned_off(void) { return 1; }",
    "an interceptor": "void __interceptor_memcpy(void) { }",
    "an allocation's wrapper": "#include <stddef.h>\nvoid *__wrap_malloc(size_t n) { (void)n; return 0; }",
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("build", ["plain", "sanitized"])
def test_it_is_refused(workshop: Workshop, name: str, build: str) -> None:
    if (name, build) == ("a destructor", "sanitized"):
        pytest.skip("gcc has one of its own there; the plain build comes first, and the driver ends without any")
    for exports in ((), ("f",)):
        _, failure = workshop.build(single(F + BAD[name] + "\n", exports), build)
        assert failure, exports
        assert failure.kind is Kind.TAMPER or name in LINKER, failure


@pytest.mark.parametrize("name", BAD)
def test_it_is_refused_before_it_is_linked_to_ours(workshop: Workshop, name: str) -> None:
    tree = SourceTree(
        (("a.c", F + BAD[name] + "\n"),),
        ("a.c",),
        trusted=(("probe.c", "int f(int); int probe(int x) { return f(x); }\n"),),
        trusted_units=("probe.c",),
        exports=("f",),
    )
    _, failure = workshop.build(tree, "plain")
    assert failure
    assert failure.kind is Kind.TAMPER or name in LINKER, failure


@pytest.mark.parametrize("build", ["plain", "sanitized"])
def test_ordinary_code_is_let_pass(workshop: Workshop, build: str) -> None:
    text = '#include <stdio.h>\nstatic int n = 3; const char *names[] = {"a", "b"}; _Thread_local int t = 4;\n' + F
    assert workshop.build(single(text, ("f",)), build)[1] is None


def test_its_own_strcmp_is_nobody_elses(workshop: Workshop) -> None:
    text = "int strcmp(const char *a, const char *b) { (void)a; (void)b; return 0; }\n" + F
    shared, failure = workshop.build(single(text, ("f",)), "plain")
    assert failure is None
    tree = single(text)
    assert workshop.build(tree, "plain")[0] != shared


def test_an_executable_is_no_object(workshop: Workshop) -> None:
    shared, _ = workshop.build(single(F), "plain")
    executable = shared[:16] + struct.pack("<H", 2) + shared[18:]
    assert audit_object(shared, sanitized=False) == ""
    assert "neither" in audit_object(executable, sanitized=False)
