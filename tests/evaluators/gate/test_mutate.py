"""Mutators: each makes the mistake that it is named after, and no mutant is made twice."""

from __future__ import annotations

from collections import Counter

import pytest

from evaluators.gate.mutate import mutants
from evaluators.text.source_text import normalise


@pytest.mark.parametrize(
    ("operator", "body", "expected"),
    [
        ("relational", "return a < b;", "return a <= b;"),
        ("relational", "return a == b;", "return a != b;"),
        ("arithmetic", "return a + b;", "return a - b;"),
        ("arithmetic", "return a % b;", "return a / b;"),
        ("logical", "return a && b;", "return a || b;"),
        ("bitwise", "return a & b;", "return a | b;"),
        ("bitwise", "return a << b;", "return a >> b;"),
        ("constant", "return a * 7;", "return a * 8;"),
        ("constant", "return a * 7;", "return a * 6;"),
        ("constant", "return a * 7;", "return a * 0;"),
        ("constant", "return a * 7;", "return a * (-7);"),
        ("constant", "return a == 'x';", "return a == ('x' + 1);"),
        ("condition", "if (a) b++; return b;", "if (!(a)) b++; return b;"),
        ("condition", "if (a) b++; return b;", "if (0) b++; return b;"),
        ("condition", "if (a) b++; return b;", "if (1) b++; return b;"),
        ("condition", "return a ? b : 2;", "return !(a) ? b : 2;"),
        ("deletion", "b = a; return b;", "; return b;"),
        ("deletion", "if (a) return 1; return b;", "; return b;"),
        ("direction", "b++; return b;", "b--; return b;"),
        ("sign", "return -a;", "return (a);"),
        ("sign", "return !a;", "return (a);"),
        ("assignment", "b += a; return b;", "b -= a; return b;"),
        ("assignment", "b += a; return b;", "b = a; return b;"),
        ("jump", "while (a--) { if (b) break; b++; } return b;", "while (a--) { if (b) continue; b++; } return b;"),
        ("jump", "while (a--) { if (b) continue; b++; } return b;", "while (a--) { if (b) break; b++; } return b;"),
        ("bound", "for (int i = 0; i < a; i++) b++; return b;", "for (int i = 0; i < a + 1; i++) b++; return b;"),
        ("bound", "while (b < a) b += 2; return b;", "while (b < a - 1) b += 2; return b;"),
        ("return", "return a;", "return (a) + 1;"),
        ("return", "return a;", "return (a) - 1;"),
        ("index", "int t[9]; return t[a];", "int t[9]; return t[a + 1];"),
        ("index", "int t[9]; return t[a];", "int t[9]; return t[a - 1];"),
        ("swap", "return a - b;", "return (b) - (a);"),
        ("swap", "return f(a, b);", "return f(b, a);"),
    ],
)
def test_a_mutator_makes_its_mistake(operator: str, body: str, expected: str) -> None:
    made = {(m.operator, normalise(m.source)) for m in mutants(_function(body), limit=1000)}
    assert (operator, normalise(_function(expected))) in made


def test_a_mutant_says_where_it_is_and_what_changed() -> None:
    source = "int f(int a, int b) {\n    int r = a;\n    if (a < b)\n        r = b;\n    return r;\n}\n"
    found = next(m for m in mutants(source) if "if (a <= b)" in m.source)
    assert (found.operator, found.line, found.description) == ("relational", 3, "line 3: `<` -> `<=`")


def test_mutants_are_the_same_each_time_and_none_is_made_twice() -> None:
    first, again = mutants(LONG, limit=1000), mutants(LONG, limit=1000)
    forms = [normalise(m.source) for m in first]
    assert first == again
    assert len(set(forms)) == len(forms) > 40
    assert normalise(LONG) not in forms


def test_a_sample_is_spread_over_the_operators() -> None:
    everything = Counter(m.operator for m in mutants(LONG, limit=1000))
    sample = Counter(m.operator for m in mutants(LONG, limit=2 * len(everything)))
    assert sum(sample.values()) == 2 * len(everything)
    assert sample.keys() == everything.keys()
    assert all(m in mutants(LONG, limit=1000) for m in mutants(LONG, limit=12))


def test_only_the_named_functions_are_mutated() -> None:
    source = "int f(int a) { return a + 1; }\nint g(int a) { return a + 2; }\n"
    made = mutants(source, ["g"])
    assert made
    assert all("int f(int a) { return a + 1; }" in m.source for m in made)


def test_the_last_return_stays_since_nothing_would_compile_without_it() -> None:
    assert not [m for m in mutants("int f(int a) { return a; }") if m.operator == "deletion"]


def test_text_beyond_ascii_stays_whole() -> None:
    source = 'int f(int a) { /* größer */ const char *s = "é"; return s[a] > 3; }'
    assert all("/* größer */" in m.source and '"é"' in m.source for m in mutants(source))


LONG = """int f(const int *a, int n) {
    int r = 0, run = 1;
    for (int i = 0; i < n; i++) {
        if (a[i] % 2 == 0 && a[i] > -5)
            r += a[i] << 1;
        else if (!run)
            break;
        run = r - a[i];
    }
    return r;
}
"""


def _function(body: str) -> str:
    return f"int f(int a, int b) {{ {body} }}\n"
