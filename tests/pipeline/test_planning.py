"""Planning lists what changes, then asks of each ordered pair whether one uses the other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loop.pipeline.budget import Room
from loop.pipeline.findings import reference_findings
from loop.pipeline.planning import MAX_PAIRED
from loop.pipeline.stage import EACH_LINE, Findings, Reading
from loop.pipeline.stages import stage_of
from tests.support.project_tasks import CROSS, FIX, FUNCTION, PEEK, TIDY, about, calls, with_readme_fix

PLANNING = stage_of("planning")


def test_the_enumeration_shows_what_changes_whole_and_what_it_rests_on_in_a_line() -> None:
    (call,) = calls(FIX, "planning")
    assert (call.kind, call.label, call.positive) == ("points", "src/ring.c: ring_push", EACH_LINE)
    assert "File src/ring.c:\nint ring_push(struct ring *ring, int value)\n{\n    int at;\n" in call.prompt
    assert "\nstruct ring { int items[RING_MAX]; int capacity; int head; int count; }\n" in call.prompt
    assert "ring_pop" not in call.prompt


def test_a_file_in_scope_shows_its_name_even_when_no_symbol_of_it_does() -> None:
    (call,) = calls(PEEK, "planning")
    assert "File src/ring.c:\n" in call.prompt
    (call,) = calls(with_readme_fix(), "planning")
    assert (call.label, "File README.md:\n# ring\n" in call.prompt) == ("README.md", True)


def test_the_label_is_what_the_reference_changes_in_sorted_lines() -> None:
    assert calls(TIDY, "planning")[0].label == (
        "src/window.c: extreme\nsrc/window.c: item_at\nsrc/window.c: window_add\n"
        "src/window.c: window_largest\nsrc/window.c: window_smallest"
    )


def test_what_rests_in_a_line_goes_before_what_changes() -> None:
    (whole,) = calls(FIX, "planning")
    (call,) = calls(FIX, "planning", room=Room(len(whole.prompt) - 1, len))
    assert call.dropped == ("outline of include/ring.h:ring",)
    (call,) = calls(FIX, "planning", room=Room(1, len))
    assert call.dropped == ("outline of include/ring.h:ring", "src/ring.c:ring_push")


def test_every_ordered_pair_is_asked_and_labelled() -> None:
    pairs = calls(CROSS, "planning", turn=1)
    assert {call.item: call.label for call in pairs} == {
        "src/ini.c:ini_parse <- src/span.c:span_copy": "yes",
        "src/span.c:span_copy <- src/ini.c:ini_parse": "no",
    }
    assert len(calls(TIDY, "planning", turn=1)) == 5 * 4
    assert {(call.kind, call.positive, call.options) for call in pairs} == {("depends", "yes", ("yes", "no"))}


def test_both_points_stand_with_their_text_and_what_is_new_is_called_so() -> None:
    prompt = about(TIDY, "planning", "src/window.c:window_add <- src/window.c:item_at", turn=1).prompt
    assert "\nA is src/window.c: item_at (new)\n\nB is src/window.c: window_add\nint window_add(" in prompt
    assert prompt.endswith("After the change, does B use A? Answer yes or no.")


def test_a_pair_that_the_reference_does_not_know_has_no_label() -> None:
    known = replace(reference_findings(FIX), points=("src/ring.c:ring_push", "src/ring.c:ring_pop"))
    assert [call.label for call in calls(FIX, "planning", known=known, turn=1)] == [None, None]


def test_no_pair_is_asked_about_a_file_that_is_no_c() -> None:
    known = replace(reference_findings(FIX), points=("README.md", "src/ring.c:ring_push"))
    assert calls(FIX, "planning", known=known, turn=1) == []


def test_pairs_beyond_the_cap_are_named_and_not_asked() -> None:
    points = tuple(f"src/ring.c:new_{i}" for i in range(MAX_PAIRED + 2))
    pairs = calls(FIX, "planning", known=Findings(points=points), turn=1)
    assert len(pairs) == MAX_PAIRED * (MAX_PAIRED - 1)
    assert set(pairs[0].dropped) == {"pairs with src/ring.c:new_8", "pairs with src/ring.c:new_9"}


@pytest.mark.parametrize(("text", "points"), [("src/ring.c: ring_push", ("src/ring.c:ring_push",)), ("ring_push!", ())])
def test_an_enumeration_that_cannot_be_read_names_nothing(text: str, points: tuple[str, ...]) -> None:
    (call,) = calls(FIX, "planning")
    assert PLANNING.conclude(FIX, Findings(), {call: PLANNING.read(call, text)}).points == points


def test_a_pair_that_cannot_be_read_is_independent_and_points_stay() -> None:
    pairs = calls(CROSS, "planning", turn=1)
    before = reference_findings(CROSS)
    assert (
        PLANNING.conclude(CROSS, before, {call: PLANNING.read(call, "B uses A") for call in pairs}).dependencies == ()
    )
    after = PLANNING.conclude(CROSS, before, dict.fromkeys(pairs, Reading("yes")))
    assert after.points == before.points
    assert set(after.dependencies or ()) == {
        ("src/span.c:span_copy", "src/ini.c:ini_parse"), ("src/ini.c:ini_parse", "src/span.c:span_copy"),
    }  # fmt: skip


def test_a_function_has_no_plan() -> None:
    assert calls(FUNCTION, "planning") == calls(FUNCTION, "planning", turn=1) == []
