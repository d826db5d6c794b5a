"""Rules of structure: kept by an honest change, not by one that only looks like it."""

from __future__ import annotations

import json

import pytest

from evaluators.projects.repository import Repository
from evaluators.text.structure import RULES, rule_from_json, rule_to_json, structure_broken
from evaluators.text.structure_rules import (
    Calls,
    FunctionAbsent,
    FunctionExists,
    MaxLines,
    MaxNesting,
    MaxParameters,
    NoDuplicate,
    NoGlobals,
    NoGoto,
    NoMagicNumber,
    PublicApiUnchanged,
    Rule,
)
from evaluators.text.structure_tree import lines, nesting, read_code

HEADER = """#ifndef A_H
#define A_H
/* A comment. */
#define LIMIT 86400
typedef struct { int x; } item;
int f(int a, int b);
#endif
"""
LONG = """int f(int a, int b)
{
    int sum = 0;
    if (a > 86400) {
        for (int i = 0; i < b; i++) {
            if (i % 2)
                sum += i;
        }
    }
    return sum;
}
"""
TWICE = """int up(int *a, int n)
{
    int best = a[0];
    for (int i = 1; i < n; i++)
        if (a[i] > best)
            best = a[i];
    return best * 2;
}

int down(int *values, int count)
{
    int top = values[0];
    for (int k = 1; k < count; k++)
        if (values[k] > top)
            top = values[k];
    return top * 3;
}
"""
BEST = """static int best_of(int *a, int n)
{
    int best = a[0];
    for (int i = 1; i < n; i++)
        if (a[i] > best)
            best = a[i];
    return best;
}
"""


def project(text: str, header: str = HEADER, **others: str) -> Repository:
    files = {"a.c": text, "a.h": header, **{f"{name}.c": other for name, other in others.items()}}
    return Repository(tuple(files.items()), tuple(path for path in files if path.endswith(".c")))


def broken(rule: Rule, before: str, after: str, header: str = HEADER, **others: str) -> str:
    return structure_broken([rule], project(before), project(after, header, **others))


def test_a_function_exists_where_and_as_it_is_asked_for() -> None:
    rule = FunctionExists("g", file="a.c", static=True, parameters=2)
    assert broken(rule, "", "static int g(int a, int *b) { return a; }\n") == ""
    assert broken(rule, "", "int g(int a, int *b) { return a; }\n") == "g is not static"
    assert broken(rule, "", "static int g(void) { return 1; }\n") == "g has 0 parameters, not 2"
    assert broken(rule, "", "static int g(int a, int *b);\n") == "no functions are called g"
    assert "in b.c" in broken(rule, "", "", b="static int g(int a, int *b) { return a; }\n")
    assert broken(rule, "", "/* static int g(int a, int *b) { return a; } */\n") == "no functions are called g"


def test_a_function_is_absent_when_its_name_is_nowhere() -> None:
    rule = FunctionAbsent("g")
    assert broken(rule, "int g(void) { return 1; }", 'int h(void) { return 1; } // g\nchar *s = "g";\n') == ""
    for text in ("int g(void);", "int h(void) { return g(); }", "#define g 1\n", "int (*p)(void) = g;"):
        assert broken(rule, "", text) == "g is still in a.c"


def test_calls_are_counted_by_name() -> None:
    rule = Calls("f", "g", at_least=2)
    assert broken(rule, "", "int g(int); int f(int a) { return g(a) + g(g(1)); }\n") == ""
    assert "at 1 places" in broken(rule, "", 'int g(int); int f(int a) { return g(a); /* g(a) */ puts("g(a)"); }\n')
    assert "at 0 places" in broken(rule, "", "int g(int); int h(int a) { return g(a) + g(a); }\n")


def test_copies_are_found_whatever_their_names() -> None:
    rule = NoDuplicate(25, ("up", "down"))
    users = (
        "int up(int *a, int n) { return 2 * best_of(a, n); }\nint down(int *a, int n) { return 3 * best_of(a, n); }\n"
    )
    assert "up" in broken(rule, TWICE, TWICE)
    assert broken(rule, TWICE, BEST + users) == ""


def test_copies_that_are_only_moved_are_still_copies() -> None:
    rule = NoDuplicate(25, ("up", "down"))
    moved = TWICE.replace("int up", "static int up_").replace("int down", "static int down_")
    users = "int up(int *a, int n) { return up_(a, n); }\nint down(int *a, int n) { return down_(a, n); }\n"
    assert "up_" in broken(rule, TWICE, moved + users)
    bodies = [part[part.index("{") : part.rindex("}") + 1] for part in TWICE.split("\n\n")]
    side = f"int both(int *a, int n, int *values, int count, int w)\n{{\n if (w) {bodies[0]} else {bodies[1]}\n}}\n"
    users = "int up(int *a, int n) { return both(a, n, 0, 0, 1); }\n"
    assert "both" in broken(rule, TWICE, side + users)


def test_lines_are_lines_of_code_and_one_line_is_no_short_function() -> None:
    rule = MaxLines("f", 6)
    short = "int f(int a, int b)\n{\n    /* why\n       so */\n\n    int s = a;\n    return s + b;\n}\n"
    assert broken(rule, LONG, short) == ""
    assert "f has 11 lines" in broken(rule, LONG, LONG)
    one_line = "int f(int a, int b) { int s = 0; " + "s += a; " * 8 + "return s; }\n"
    assert "f has 10 lines" in broken(rule, LONG, one_line)
    commas = "int f(int a, int b) { int s = 0; " + "s += a, " * 8 + "s; return s; }\n"
    assert "lines" in broken(rule, LONG, commas)


def test_what_is_only_moved_to_a_new_function_is_not_shorter() -> None:
    moved = LONG.replace("int f(", "static int f_(") + "int f(int a, int b)\n{\n    return f_(a, b);\n}\n"
    assert "f_ has 11 lines" in broken(MaxLines("f", 6), LONG, moved)
    assert "f_ nests 3 deep" in broken(MaxNesting("f", 2), LONG, moved)
    assert "f_ still has the number 86400" in broken(NoMagicNumber("f", (86400,)), LONG, moved)


def test_depth_counts_statements_within_each_other() -> None:
    chain = "int f(int a, int b) { if (a) return 1; else if (b) return 2; else if (a + b) return 3; return 0; }\n"
    assert broken(MaxNesting("f", 1), LONG, chain) == ""
    choices = "int f(int a, int b) { return a ? b ? 1 : 2 : (b ? 3 : (a > 4 ? 5 : 6)); }\n"
    assert "2 deep" in broken(MaxNesting("f", 1), LONG, choices)
    assert broken(MaxNesting("g", 1), LONG, chain) == "there is no function g"


def test_parameters_are_counted() -> None:
    assert "2 parameters" in broken(MaxParameters("f", 1), LONG, LONG)
    assert broken(MaxParameters("f", 1), LONG, "struct p { int a; }; int f(const struct p *p) { return p->a; }\n") == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("static int count;\n", "count"),
        ("int *const p = 0; const char *q;\n", "q"),
        ("int f(void) { static int n; return n++; }\n", "n"),
        ("struct s { int x; } s;\n", "s"),
        ("int a[3], b;\n", "a"),
        ("int (*hook)(int);\n", "hook"),
        ("static const int k = 3; static const char *const names[] = {0}; int g(int); typedef int t;\n", ""),
        ("int f(int a) { int b = a; const int c = 2; return b + c; }\n", ""),
    ],
)
def test_a_global_is_what_changes_and_outlives_its_function(text: str, name: str) -> None:
    found = broken(NoGlobals("a.c"), "", text)
    assert found == (f"a.c has the variable {name}" if name else "")


def test_a_global_that_moves_to_a_new_file_is_still_one() -> None:
    assert broken(NoGlobals("a.c"), "int n;\n", "", b="int n;\n") == "b.c has the variable n"


def test_goto_is_found() -> None:
    jump = "int f(int a, int b) { if (a) goto end; b++; end: return b; }\n"
    assert broken(NoGoto("f"), jump, jump) == "f has a goto"
    assert broken(NoGoto(), jump, jump) == "f has a goto"
    assert broken(NoGoto("f"), jump, LONG) == ""


@pytest.mark.parametrize("literal", ["86400", "0x15180", "86400UL", "0250600", "0b10101000110000000"])
def test_a_magic_number_is_one_however_it_is_written(literal: str) -> None:
    rule = NoMagicNumber("f", (86400,))
    assert literal in broken(rule, LONG, LONG.replace("86400", literal))
    assert broken(rule, LONG, LONG.replace("86400", "LIMIT")) == ""


def test_the_public_interface_stays() -> None:
    rule = PublicApiUnchanged(("a.h",))
    other_layout = HEADER.replace("/* A comment. */", "// Other.").replace(
        "int f(int a, int b);", "int f(int a,\n      int b); /* ! */"
    )
    assert broken(rule, LONG, LONG, other_layout) == ""
    for old, new in (("int b)", "long b)"), ("86400", "86401"), ("int f", "int g(void);\nint f"), ("int x;", "")):
        assert "a.h changes what it declares" in broken(rule, LONG, LONG, HEADER.replace(old, new))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#if 0\nint g(void) { return 1; }\n#endif\n" + LONG, "new conditional block: #if 0"),
        ("#ifdef X\nint g(void) { return 1; }\n#else\n#endif\n" + LONG, "new conditional block: #ifdef X"),
        ("#define f(a, b) old(a, b)\n" + LONG, "hides code in the macro f"),
        ("#define BODY if (a) sum++\n" + LONG, "hides code in the macro BODY"),
        ("#define ADD sum++;\n" + LONG, "hides code in the macro ADD"),
        ("#define if(x) while (x)\n" + LONG, "hides code in the macro if"),
        ('#include "b.c"\n' + LONG, 'includes code: #include "b.c"'),
        ('int f(int a, int b)\n{\n#include "body.h"\n}\n', 'includes code: #include "body.h"'),
        ("int f(int a, int b) { return ((; }\n", "cannot be read as plain C"),
    ],
)
def test_code_may_not_hide_from_the_tree(text: str, reason: str) -> None:
    assert reason in broken(FunctionExists("f"), LONG, text)


def test_what_hid_before_may_stay() -> None:
    old = "#ifdef DEBUG\nint shown;\n#endif\n#define STEP do { n++; } while (0)\n"
    assert broken(FunctionExists("f"), old, old + LONG) == ""
    hidden = old.replace("int shown;", "static int g(void) { return 1; }")
    assert broken(FunctionExists("g"), old, hidden) == "no functions are called g"


def test_a_new_header_may_guard_itself() -> None:
    after = Repository((("a.c", LONG), ("a.h", HEADER), ("b.h", HEADER.replace("A_H", "B_H"))), ("a.c",))
    assert structure_broken([FunctionExists("f")], project(LONG), after) == ""


def test_rules_survive_json() -> None:
    rules: list[Rule] = [
        *(FunctionExists("g", "a.c", True, 2), FunctionAbsent("h"), Calls("f", "g", 2), NoDuplicate(30, ("f", "g"))),
        *(MaxLines("f", 9), MaxNesting("f", 2), MaxParameters("f", 3), NoGlobals("a.c"), NoGoto()),
        *(NoMagicNumber("f", (86400, 60)), PublicApiUnchanged(("a.h",))),
    ]
    assert {rule.kind for rule in rules} == set(RULES)
    for rule in rules:
        assert rule_from_json(json.loads(json.dumps(rule_to_json(rule)))) == rule


def test_measures_of_a_plain_function() -> None:
    (function,) = read_code(project(LONG)).named("f")
    assert (lines(function), nesting(function), function.parameters, function.static) == (11, 3, 2, False)
