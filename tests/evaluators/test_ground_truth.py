"""The labels that follow from a change are those that a person would give."""

from __future__ import annotations

import pytest

from evaluators.projects.edits import Edit, apply_edits, parse_edits
from evaluators.projects.ground_truth import GroundTruth, from_json, ground_truth, to_json
from evaluators.projects.repository import Repository
from tests.support.repositories import CROSS_FILE_FIX, FEATURE, REFACTORING, RING


def truth_of(repository: Repository, *edits: Edit, request: str = "") -> GroundTruth:
    return ground_truth(repository, apply_edits(repository, edits), request)


def of_spec(spec: object, request: str = "") -> GroundTruth:
    repository = spec.repository  # type: ignore[attr-defined]
    return ground_truth(repository, apply_edits(repository, parse_edits(spec.reference)), request)  # type: ignore[attr-defined]


def parts(truth: GroundTruth, part: str) -> set[str]:
    return {symbol for symbol, given in truth.parts.items() if given == part}


def test_what_changes_is_primary_what_it_calls_supporting_what_it_names_context() -> None:
    truth = of_spec(CROSS_FILE_FIX)
    assert parts(truth, "primary") == {"src/ini.c:ini_parse", "src/span.c:span_copy"}
    assert "src/span.c:span_trim" in parts(truth, "supporting")
    assert parts(truth, "type_context") == {"src/ini.h:INI_NAME", "src/ini.h:ini_seen", "src/span.h:span"}
    assert truth.files == ("src/ini.c", "src/ini.h", "src/span.c", "src/span.h")
    assert truth.dependencies == (("src/ini.c:ini_parse", "src/span.c:span_copy"),)


def test_a_new_function_is_a_point_and_its_header_is_needed() -> None:
    truth = of_spec(FEATURE)
    assert truth.points == ("src/ring.c:ring_peek",)
    assert not parts(truth, "primary")
    assert truth.files == ("include/ring.h", "src/ring.c")


def test_an_include_alone_makes_the_file_a_point() -> None:
    truth = truth_of(RING, Edit("src/ring.c", '#include "ring.h"', '#include "ring.h"\n#include <stddef.h>'))
    assert (truth.points, truth.files) == (("src/ring.c",), ("src/ring.c",))


def test_an_include_beside_a_changed_function_is_no_point_of_its_own() -> None:
    truth = truth_of(
        RING,
        Edit("src/ring.c", '#include "ring.h"', '#include "ring.h"\n#include <stddef.h>'),
        Edit("src/ring.c", "return ring->count;", "return ring == NULL ? 0 : ring->count;"),
    )
    assert truth.points == ("src/ring.c:ring_count",)


def test_a_file_that_is_no_c_is_a_point_by_its_path() -> None:
    truth = truth_of(RING, Edit("README.md", "# ring", "# Ring"), request="README.md shouts too little")
    assert (truth.points, truth.route) == (("README.md",), "implementation")


@pytest.mark.parametrize(
    ("request_text", "route"),
    [("ring_count is wrong", "precision"), ("counting is wrong", "precision")],
)
def test_one_point_that_rests_on_others_wants_symbols_told_apart(request_text: str, route: str) -> None:
    change = Edit("src/ring.c", "return ring->count;", "return ring->count + 0;")
    assert truth_of(RING, change, request=request_text).route == route


def test_one_point_that_rests_on_nothing_is_looked_for_unless_it_is_named() -> None:
    change = Edit("include/ring.h", "RING_MAX 16", "RING_MAX 32")
    assert truth_of(RING, change, request="make RING_MAX 32").route == "implementation"
    assert truth_of(RING, change, request="room for 32").route == "scope"


def test_several_points_want_a_plan() -> None:
    assert of_spec(REFACTORING).route == "planning"


def test_nothing_depends_on_what_is_gone() -> None:
    before = Repository((("a.c", "int g(void) { return 1; }\nint f(void) { return g(); }\nint h;\n"),), ("a.c",))
    truth = truth_of(before, Edit("a.c", "int g(void) { return 1; }\nint f(void) { return g(); }\n", ""))
    assert truth.points == ("a.c:g", "a.c:f")
    assert truth.dependencies == ()


def test_a_name_that_two_files_have_is_the_one_in_the_own_file() -> None:
    one, two = (
        "static int help(void) { return 1; }\nint f(void) { return help(); }\n",
        "static int help(void) { return 2; }\n",
    )
    before = Repository((("a.c", one), ("b.c", two)), ("a.c", "b.c"))
    longer = [Edit(path, "int help(void) { return", "int help(void) { return 1 +") for path in ("a.c", "b.c")]
    truth = truth_of(before, *longer, Edit("a.c", "return help();", "return 2 * help();"))
    assert truth.dependencies == (("a.c:f", "a.c:help"),)


def test_a_change_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="changes no symbol"):
        ground_truth(RING, RING, "")


def test_what_is_useful_is_not_what_is_needed() -> None:
    after = apply_edits(RING, [Edit("src/ring.c", "return ring->count;", "return ring->count + 0;")])
    useful = ("src/ring.c", "README.md"), ("src/ring.c:ring_count", "src/ring.c:ring_pop")
    truth = ground_truth(RING, after, "", useful_files=useful[0], useful_symbols=useful[1])
    assert (truth.useful_files, truth.useful_symbols) == (("README.md",), ("src/ring.c:ring_pop",))


def test_labels_survive_json() -> None:
    truth = of_spec(REFACTORING)
    assert from_json(to_json(truth)) == truth
