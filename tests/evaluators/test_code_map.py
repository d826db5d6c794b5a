"""What the parser says of a project is what a person would point at."""

from __future__ import annotations

import pytest

from evaluators.projects.code_map import CodeMap, Symbol, code_map
from evaluators.projects.repository import Repository
from evaluators.reference.read import names, reference_task
from tests.support.repositories import INI, RING


def project(**texts: str) -> Repository:
    """Files by name, where `a_h` is a.h; all .c files are units."""
    files = tuple((name.replace("_", "."), text) for name, text in texts.items())
    return Repository(files, tuple(path for path, _ in files if path.endswith(".c")))


def only(repository: Repository) -> Symbol:
    (symbol,) = code_map(repository).symbols
    return symbol


def used(found: CodeMap, identity: str) -> set[str]:
    symbol = found.get(identity)
    assert symbol is not None
    return {s.id for s in found.used_by(symbol.uses, symbol.file)}


def test_a_function_has_its_definition_then_its_prototypes() -> None:
    found = code_map(RING).get("src/ring.c:ring_push")
    assert found is not None
    assert [place.file for place in found.places] == ["src/ring.c", "include/ring.h"]
    assert found.signature == "int ring_push(struct ring *ring, int value)"
    assert found.places[1].text.startswith("/* Puts a value behind the others.")


REPOSITORIES = {"ring": lambda: RING, "ini": lambda: INI}
REPOSITORIES |= {name: lambda name=name: reference_task(name).spec.repository for name in names()}


@pytest.mark.parametrize("name", REPOSITORIES)
def test_every_place_holds_exactly_its_text_and_identities_are_unique(name: str) -> None:
    repository = REPOSITORIES[name]()
    symbols = code_map(repository).symbols
    assert len({symbol.id for symbol in symbols}) == len(symbols) > 0
    for place in (place for symbol in symbols for place in symbol.places):
        assert repository.texts[place.file].encode()[place.start : place.end].decode() == place.text
        assert place.text == place.text.rstrip()


def test_the_semicolon_of_a_struct_and_the_comment_above_belong_to_it() -> None:
    symbol = only(project(a_h="int;\n\n/* One. */\n/* Two. */\nstruct point {\n    int x;\n};\n"))
    assert symbol.text == "/* One. */\n/* Two. */\nstruct point {\n    int x;\n};"


def test_a_comment_between_two_directives_belongs_to_the_lower_one() -> None:
    found = code_map(project(a_h="#define A 1\n/* The second. */\n#define B 2\n"))
    assert [symbol.text for symbol in found.symbols] == ["#define A 1", "/* The second. */\n#define B 2"]


def test_a_comment_behind_code_belongs_to_that_code() -> None:
    found = code_map(project(a_c="int a; /* of a */\nint b;\n"))
    assert found.symbols[1].text == "int b;"


def test_a_typedef_and_its_struct_in_one_file_are_one_symbol_shown_by_the_struct() -> None:
    symbol = only(project(a_h="typedef struct node node;\n\nstruct node {\n    node *next;\n};\n"))
    assert symbol.text.startswith("struct node {")
    assert len(symbol.places) == 2


def test_a_typedef_of_a_struct_has_both_names() -> None:
    assert only(project(a_h="typedef struct tag {\n    int x;\n} alias;\n")).names == {"alias", "tag"}


def test_an_enum_is_used_by_who_names_one_of_its_constants() -> None:
    found = code_map(project(a_h="enum { RED, BLUE };\n", b_c='#include "a.h"\nint f(void)\n{\n    return BLUE;\n}\n'))
    assert found.symbols[0].id == "a.h:RED"
    assert used(found, "b.c:f") == {"a.h:RED"}


def test_both_branches_of_a_condition_are_one_symbol() -> None:
    symbol = only(project(a_c="#ifdef X\nint f(void) { return 1; }\n#else\nint f(void) { return 2; }\n#endif\n"))
    assert [place.text for place in symbol.places] == ["int f(void) { return 1; }", "int f(void) { return 2; }"]


def test_variables_and_parameters_of_a_function_use_nothing() -> None:
    text = (
        "int count(void) { return 1; }\nint f(int total)\n{\n    int count = total;\n    return count;\n}\nint total;\n"
    )
    assert used(code_map(project(a_c=text)), "a.c:f") == set()


def test_parameters_of_a_macro_use_nothing_and_its_value_does() -> None:
    text = "#define SIZE 4\n#define AT(i, SIZED) ((i) * SIZE)\nint i;\n"
    assert used(code_map(project(a_h=text)), "a.h:AT") == {"a.h:SIZE"}


def test_a_pointer_to_a_function_is_a_variable() -> None:
    found = code_map(project(a_c="static int (*order)(int, int);\nint *first(void);\nint (*table[2])(void);\n"))
    assert [(s.name, s.kind) for s in found.symbols] == [
        ("order", "variable"), ("first", "function"), ("table", "variable"),
    ]  # fmt: skip


def test_a_variable_is_told_without_its_value() -> None:
    found = code_map(project(a_c="static const int primes[] = {2, 3, 5};\nint a = 1, *b;\n"))
    assert [s.signature for s in found.symbols] == ["static const int primes[]", "int a", "int *b"]


def test_a_variable_declared_elsewhere_goes_to_its_definition() -> None:
    symbol = only(project(a_h="extern int level;\n", b_c="int level = 3;\n"))
    assert [place.file for place in symbol.places] == ["b.c", "a.h"]


def test_what_a_c_file_keeps_to_itself_is_used_by_no_other() -> None:
    mine = "struct node { int x; };\n#define LIMIT 3\nstatic int help(void) { return 1; }\n"
    found = code_map(project(a_c=mine, b_c="int f(struct node *n)\n{\n    return help() + LIMIT;\n}\n"))
    assert used(found, "b.c:f") == set()


def test_static_functions_of_headers_are_used_by_who_calls_them() -> None:
    found = code_map(project(a_h="static inline int one(void) { return 1; }\n", b_c="int f(void) { return one(); }\n"))
    assert used(found, "b.c:f") == {"a.h:one"}


def test_includes_are_found_beside_the_file_and_in_the_include_folders() -> None:
    assert code_map(RING).includes["src/window.c"] == ("include/window.h",)
    assert code_map(INI).includes["tests/test_ini.c"] == ("src/ini.h",)  # as "../src/ini.h"
    assert code_map(INI).includes["src/ini.h"] == ()


def test_what_stands_in_extern_c_is_at_file_scope() -> None:
    assert only(project(a_h='extern "C" {\nstruct point {\n    int x;\n};\n}\n')).name == "point"


def test_text_that_is_no_c_gives_what_can_be_made_out() -> None:
    found = code_map(project(a_c="int f(void) { return 1; }\n}}}} ((( int\n"))
    assert "a.c:f" in [symbol.id for symbol in found.symbols]
