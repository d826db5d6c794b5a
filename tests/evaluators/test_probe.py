"""What a hidden probe can see of a candidate's repository, and what a candidate's headers may say to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluators.projects.edits import Edit, apply_edits
from evaluators.projects.probe import header_tricks, in_c_library, probed_tree
from evaluators.projects.repository import Repository
from tests.support.repositories import RING, RING_PROBE


def changed(*edits: Edit) -> Repository:
    return apply_edits(RING, edits)


def test_the_probe_sees_the_projects_functions_and_no_library_of_its_own() -> None:
    own = changed(Edit("src/ring.c", "int ring_count(", "int strcmp(int use) { return use; }\nint ring_count("))
    probe = replace(
        RING_PROBE, prelude="#include <string.h>\n" + RING_PROBE.prelude + '// \nint x(void) { return strcmp("", ""); }'
    )
    exports = probed_tree(own, probe, (RING,)).exports
    assert {"ring_init", "ring_push", "ring_pop", "ring_count"} <= set(exports)
    assert "strcmp" not in exports


def test_what_a_headers_own_functions_call_can_be_linked() -> None:
    inline = "static inline int all(struct ring *r) { return hidden(r); }\n#define SOME(r) other(r)\n"
    own = changed(
        Edit("include/ring.h", "#endif", f"int hidden(struct ring *r);\nint other(struct ring *r);\n{inline}\n#endif"),
        Edit("src/ring.c", "int ring_count(", "int hidden(struct ring *r) { return r->count; }\nint ring_count("),
        Edit("src/window.c", "int window_add(", "int other(struct ring *r) { return 1; }\nint window_add("),
    )
    exports = probed_tree(own, RING_PROBE, (RING,)).exports
    assert {"hidden", "other"} <= set(exports)
    assert "window_add" not in exports


def test_a_projects_own_function_is_its_own_whatever_the_library_has() -> None:
    named = Repository(
        tuple((path, text.replace("ring_count", "index")) for path, text in RING.files), RING.units, RING.include
    )
    probe = replace(RING_PROBE, reference=RING_PROBE.reference.replace("ring_count", "index"))
    assert in_c_library("index")
    assert "index" in probed_tree(named, probe, (named,)).exports
    assert "index" not in probed_tree(named, probe, (RING,)).exports


def test_the_probe_is_where_no_unit_can_read_it() -> None:
    tree = probed_tree(RING, RING_PROBE, (RING,))
    assert tree.trusted_units == ("probe.c",)
    assert not [path for path, text in tree.files if path == "probe.c" or "probe_ring" in text]


@pytest.mark.parametrize(
    "line",
    [
        "#define RING_WIDE 64",
        "#define ring_size(r) ((r)->count)",
        "static inline int ring_full(const struct ring *r) { return r->count == r->capacity; }",
        "#undef RING_MAX\n#define RING_MAX 16",
        "#include <stdbool.h>",
        "/* #define use(a, b) */",
    ],
)
def test_honest_headers_are_no_tricks(line: str) -> None:
    after = changed(Edit("include/ring.h", "#endif", f"{line}\n\n#endif"))
    assert header_tricks(RING, after, RING, RING_PROBE) == ""


@pytest.mark.parametrize(
    "line", ["#define use(r, o) 0", "%:define use(r, o) 0", "#undef NULL", "#  define operations out"]
)
def test_a_header_that_renames_the_probes_words_is_a_trick(line: str) -> None:
    probe = replace(RING_PROBE, prelude=RING_PROBE.prelude + "static void *none(void) { return NULL; }\n")
    after = changed(Edit("include/ring.h", "#endif", f"{line}\n\n#endif"))
    assert "another meaning" in header_tricks(RING, after, RING, probe)
