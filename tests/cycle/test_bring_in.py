"""What others wrote is graded as our own would be, marked as theirs, counted to the last record, and stored once."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from evaluators.oracles.protocol import Spec
from evaluators.verdict import Kind, Verdict
from loop.config import StageSettings
from loop.cycle.begin import begin_or_resume
from loop.cycle.bring_in import REASONS, bring_in
from loop.cycle.context import Context, open_context
from loop.cycle.practice import practice
from loop.cycle.records import ImportReport
from loop.errors import HarvestFrozen
from loop.home import Home
from loop.inference.chat import render_prompt
from loop.sources.importer import Imported, Skipped
from loop.store import ask, write
from loop.store.journal import Journal
from loop.tasks.task import Pack, Task
from tests.support.scripted_world import SETTINGS, StubBase, answer, make_pack, make_task, scripted_context, wrong
from tests.support.staged_world import STAGED, FourBytes, project_task

PACK = make_pack()
TASKS = PACK.split("practice")
AUDIT = PACK.split("audit")[0]


def right(task: Task, /, **changes: Any) -> Imported:
    given = {"task": task.id, "stage": "implementation", "completion": answer(task.spec.reference), **changes}  # type: ignore[attr-defined]
    return Imported(**{"source_name": "big-coder", **given})


def brought(ctx: Context, *records: Imported | Skipped, **options: Any) -> ImportReport:
    report = bring_in(ctx, records, options.pop("source", "teacher"), **options)
    assert report.records == len(records) == report.new + sum(report.left_out.values())
    assert set(report.left_out) == set(REASONS)
    assert report.dry_run or sum(report.kinds.values()) == report.new
    return report


def left(report: ImportReport) -> dict[str, int]:
    return {reason: count for reason, count in report.left_out.items() if count}


def stored(ctx: Context) -> ask.Rows:
    with ctx.store.read() as connection:
        return ask.rows(
            connection,
            "SELECT v_samples.*, text AS prompt FROM v_samples JOIN prompts ON sha256 = prompt_sha256 ORDER BY id",
        )


def test_it_is_graded_like_any_other_and_marked_as_what_it_is(home: Home) -> None:
    good, bad = right(TASKS[0]), right(TASKS[1], completion=answer(wrong(TASKS[1].spec.reference)))  # type: ignore[attr-defined]
    unfenced = right(TASKS[2], completion=TASKS[2].spec.reference)  # type: ignore[attr-defined]
    with scripted_context(home) as ctx:
        report = brought(ctx, good, bad, unfenced)
        rows = {row["task_id"]: row for row in stored(ctx)}
        served = ctx.engine("implementation").served  # type: ignore[attr-defined]
    assert report.kinds == {Kind.PASS: 1, Kind.WRONG_ANSWER: 1, Kind.FORMAT_ERROR: 1}
    assert report.examples["format_error"] == ("1 times: no ```c block",)
    assert rows[TASKS[1].id]["kind"] == Kind.WRONG_ANSWER
    assert rows[TASKS[2].id]["code"] is None
    row = rows[TASKS[0].id]
    assert (row["kind"], row["purpose"], row["cycle_id"], row["audit_id"]) == (Kind.PASS, "practice", None, None)
    assert (row["source"], row["source_name"], row["adapter"]) == ("teacher", "big-coder", "teacher")
    assert row["tier"] in ("standard", "strong")
    assert row["prompt"] == render_prompt(TASKS[0].prompt)
    assert row["prompt_tokens"] == len(row["prompt"].encode())
    assert (row["finish"], row["completion_tokens"]) == ("stop", len(row["completion"].encode()) + 1)
    assert not served  # nothing was asked of our own model


def test_the_same_file_again_stores_nothing_twice(home: Home) -> None:
    records = [right(TASKS[0]), right(TASKS[1]), right(TASKS[0], where="line 3")]
    with scripted_context(home) as ctx:
        first = brought(ctx, *records)
        before = stored(ctx)
        again = brought(ctx, *records)
        assert stored(ctx) == before
        assert (first.new, left(first)) == (2, {"already_there": 1})
        assert (again.new, left(again)) == (0, {"already_there": 3})
        assert brought(ctx, right(TASKS[0], source_name="other")).new == 1


def test_a_ofis_found_by_its_id_its_beginning_or_its_prompt(home: Home) -> None:
    with scripted_context(home) as ctx:
        names = [TASKS[0].id, TASKS[1].id[:8], TASKS[2].prompt, f"\n{TASKS[3].prompt}\n"]
        report = brought(ctx, *(right(task, task=name) for task, name in zip(TASKS, names, strict=False)), dry_run=True)
        assert (report.new, left(report)) == (4, {})
        same = [right(task) for task in TASKS[:4]] + [
            right(task, task=name) for task, name in zip(TASKS, names, strict=False)
        ]
        assert left(brought(ctx, *same, dry_run=True)) == {"already_there": 4}  # each is the very same sample


def test_what_is_no_ofor_no_question_is_counted_and_named(home: Home) -> None:
    records = [
        right(TASKS[0], task="feedbeef", where="line 1"),
        right(TASKS[0], task=TASKS[0].id[:3]),
        right(TASKS[0], stage="scope", item="a.c"),
        right(TASKS[0], kind="edits"),
        right(TASKS[0], completion="done<|im_end|>"),
        right(TASKS[0], completion=answer("int f(int x) { return x; } /* long */" * 20)),
        Skipped("unreadable", "no 'task'", "line 7"),
        Skipped("filtered", "", "line 8"),
    ]
    with scripted_context(home) as ctx:
        report = brought(ctx, *records)
        assert not stored(ctx)
    assert report.kinds == {}
    assert left(report) == {
        "filtered": 1, "unreadable": 2, "unknown_task": 2, "unknown_question": 2, "too_long": 1,
    }  # fmt: skip
    assert report.examples["unknown_task"][0] == "line 1: pack scripted has no task 'feedbeef'"


@pytest.mark.parametrize("split", ["audit", "vault"])
def test_an_answer_to_a_ofthat_measures_is_held_out(home: Home, split: Any) -> None:
    task = PACK.split(split)[0]
    names = [task.id, task.id[:10], task.prompt]
    with scripted_context(home) as ctx:
        assert left(brought(ctx, *(right(task, task=name) for name in names))) == {"held_out": 3}
        assert not stored(ctx)


def test_what_another_pack_once_held_out_stays_held_out(home: Home) -> None:
    shared = make_task("plus", 9, "audit")
    honeypot = replace(make_task("plus", 11, "practice"), type="honeypot")
    here = Pack("other", (*PACK.tasks, replace(shared, split="practice"), honeypot))
    with scripted_context(home, pack=here) as ctx:
        with ctx.store.write() as connection:
            write.insert_tasks(connection, [shared])
        assert left(brought(ctx, right(shared), right(honeypot))) == {"held_out": 2}


def test_a_dry_run_counts_and_stores_nothing(home: Home) -> None:
    with scripted_context(home) as ctx:
        report = brought(ctx, right(TASKS[0]), right(AUDIT), dry_run=True)
        assert (report.new, report.kinds, left(report)) == (1, {}, {"held_out": 1})
        assert not stored(ctx)


def test_a_freeze_stops_it(home: Home) -> None:
    with scripted_context(home) as ctx:
        with ctx.store.write() as connection:
            freeze = {"id": "f", "reason": "a hack", "audit_id": "a", "sample_id": "s"}
            write.insert(connection, "freezes", [freeze])
        with pytest.raises(HarvestFrozen, match="nothing is brought in"):
            brought(ctx, right(TASKS[0]))
        assert not stored(ctx)


def test_practice_of_our_own_is_counted_apart(home: Home) -> None:
    with scripted_context(home) as ctx:
        brought(ctx, *(right(task) for task in TASKS))
        report = practice(ctx, begin_or_resume(ctx))
        assert sum(report.kinds.values()) == SETTINGS.practice.tasks * SETTINGS.practice.k
        with ctx.store.read() as connection:
            found = ask.rows(
                connection, "SELECT source, cycle_id IS NULL AS foreign, count(*) AS n FROM samples GROUP BY ALL"
            )
            assert ask.status(connection, {})["samples"] == len(TASKS) + report.samples
            assert ask.cycles(connection)[0]["practice_samples"] == report.samples
    assert {(row["source"], row["foreign"]): row["n"] for row in found} == {
        ("own", False): report.samples, ("teacher", True): len(TASKS),
    }  # fmt: skip


class BrokenGrader:
    tier = "standard"

    def grade_many(self, jobs: Iterable[tuple[str, Spec, str]]) -> Iterator[tuple[str, Verdict]]:
        for key, _, _ in list(jobs):
            yield key, Verdict(Kind.INFRA, "the box broke", tier="standard")

    def close(self) -> None: ...


def test_what_the_grader_failed_on_is_graded_by_importing_it_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_context(home) as ctx:
        with monkeypatch.context() as patch:
            patch.setattr(Context, "oracle", lambda *_: BrokenGrader())
            assert brought(ctx, right(TASKS[0])).kinds == {Kind.INFRA: 1}
        assert left(brought(ctx, right(TASKS[0]))) == {"already_there": 1}
        assert [row["kind"] for row in stored(ctx)] == [Kind.PASS]


KILLED = """
import os, signal, sys
from pathlib import Path
from loop.cycle.bring_in import bring_in
from loop.home import Home
from loop.store.journal import Journal
from tests.cycle.test_bring_in import TASKS, right, scripted_context
append, left = Journal.append, iter(range(4))
def dying(journal, row):
    append(journal, row)
    if next(left) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
Journal.append = dying
with scripted_context(Home(Path(sys.argv[1]))) as ctx:
    bring_in(ctx, [right(task) for task in TASKS], "teacher")
"""


def test_killed_it_loses_nothing_graded_and_goes_on(home: Home) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(home.root)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(Journal(home.store.with_name("loop.duckdb.journal")).pending()) == 4
    with scripted_context(home) as ctx:
        report = brought(ctx, *(right(task) for task in TASKS))
        assert (report.new, left(report)) == (len(TASKS) - 4, {"already_there": 4})
        assert [row["kind"] for row in stored(ctx)] == [Kind.PASS] * len(TASKS)


@pytest.mark.parametrize("thinking", ["on", "off"])
def test_a_thought_is_kept_where_the_stage_thinks(home: Home, thinking: str) -> None:
    own = StageSettings(thinking=thinking, thinking_budget=100)
    code = answer(TASKS[0].spec.reference)  # type: ignore[attr-defined]
    records = [
        right(TASKS[0], thought="It adds."),
        right(TASKS[0], completion=f"<think>\nIt adds.\n</think>\n\n{code}"),
        right(TASKS[0], completion=f"<think>It never ends. {code}"),
    ]
    with scripted_context(home, settings=replace(SETTINGS, implementation=own)) as ctx:
        report = brought(ctx, *records)
        rows = {row["kind"]: row for row in stored(ctx)}
    assert report.kinds == {Kind.PASS: 1, Kind.FORMAT_ERROR: 1}  # the first two are the same
    thought = "<think>\nIt adds.\n</think>\n\n" if thinking == "on" else ""
    assert rows[Kind.PASS]["completion"] == thought + code
    assert rows[Kind.PASS]["think_tokens"] == len(thought)


def test_judgments_are_judged_by_their_labels(home: Home) -> None:
    task = project_task("bugfix", "north", "practice")
    base: Any = StubBase("scripted", home.models, home.models / "none.gguf", "0" * 64)
    engine = FourBytes(lambda *_: "")

    def said(stage: Any, completion: str, **asked: str) -> Imported:
        return Imported(task.id, stage, completion, "my-agent", **asked)

    records = [
        said("scope", "yes", item="src/ring.c"),
        said("scope", "no", item="src/ring.c"),
        said("scope", "It is needed.", item="src/ring.c"),
        said("scope", "yes", item="src/absent.c"),
        said("implementation", task.spec.reference),  # type: ignore[attr-defined]
    ]
    with open_context(STAGED, home, pack=Pack("staged", (task,)), base=base, engine=engine) as ctx:
        report = brought(ctx, *records, source="agent")
        rows = stored(ctx)
    assert report.stages == {"scope": 3, "implementation": 1}
    assert report.kinds == {Kind.PASS: 2, Kind.WRONG_ANSWER: 1, Kind.FORMAT_ERROR: 1}
    assert left(report) == {"unknown_question": 1}
    assert {row["source"] for row in rows} == {row["adapter"] for row in rows} == {"agent"}
    assert {(row["stage"], row["item"], row["label"]) for row in rows} == {
        ("scope", "src/ring.c", "yes"), ("implementation", "", None),
    }  # fmt: skip
