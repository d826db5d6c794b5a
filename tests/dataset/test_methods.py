"""Rows of each method - examples, pairs, prompts - and that the same store gives the same bytes."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

from evaluators.spec_json import spec_from_json
from loop.config import Settings
from loop.dataset.policy import policy_of
from loop.inference.chat import render_completion, render_prompt
from loop.pipeline.budget import Room
from loop.pipeline.findings import reference_findings
from loop.pipeline.stage import Call
from loop.pipeline.stages import stage_of
from loop.training.examples import Asked, Example, Pair, to_lines
from loop.training.recipe import method_of
from tests.support.graded_answers import ALL, answer, chosen, counted, fail, function, kept
from tests.support.staged_world import staged_pack

TASK = function(1)
CODE = str(TASK.spec.reference)  # type: ignore[attr-defined]
DPO = replace(ALL, method="dpo")
SLIP = CODE.replace("return x", "return x + 1")
FAR = "int f(int x) {\n    for (;;)\n        x++;\n}\n"


def test_an_example_is_a_prompt_as_it_was_asked_and_a_completion_with_its_end() -> None:
    (row,) = chosen([TASK], [answer("a", TASK)]).rows
    assert row == Example(render_prompt(TASK.prompt), render_completion(f"```c\n{CODE}```"), "a", TASK.id)


def test_the_rejected_half_of_a_pair_is_what_differs_least() -> None:
    wrong = [fail("far", TASK, FAR), fail("near", TASK, SLIP), fail("other", TASK, FAR.replace("++", "--"))]
    found = chosen([TASK], [answer("a", TASK), *wrong], replace(DPO, pairs=1))
    assert found.rows == [
        Pair(
            render_prompt(TASK.prompt),
            *(render_completion(f"```c\n{c}```") for c in (CODE, SLIP)),
            "a",
            "near",
            TASK.id,
        )
    ]
    assert found.lineage == [("chosen", "a"), ("rejected", "near")]
    assert counted(found) == {"kept": 1, "rejected": 1, "failed": 2}


def test_a_question_gives_so_many_pairs_and_no_wrong_answer_is_in_two_of_them() -> None:
    wrong = [fail(f"w{i}", TASK, CODE.replace("return x", f"return x + {i}")) for i in range(6)]
    found = chosen([TASK], [answer("a", TASK), answer("b", TASK, FAR), *wrong], replace(DPO, pairs=4))
    rejected = [row.rejected_id for row in found.rows if isinstance(row, Pair)]
    assert len(rejected) == len(set(rejected)) == 4


def test_what_is_graded_in_no_trusted_sandbox_cut_off_or_not_at_all_is_nobodys_rejected_half() -> None:
    useless = [
        fail("weak", TASK, SLIP, tier="weak"), fail("cut", TASK, FAR, finish="length"),
        fail("infra", TASK, SLIP + "\n", kind="infra"),
    ]  # fmt: skip
    found = chosen([TASK], [answer("a", TASK), *useless], DPO)
    assert counted(found) == {"unpaired": 1, "failed": 2, "infra": 1}


def test_an_unreadable_answer_is_rejected_only_where_there_is_no_other() -> None:
    unreadable = fail("u", TASK, "", kind="format_error", code=None, code_sha256=None, tier="", completion="No idea.")
    assert kept(chosen([TASK], [answer("a", TASK), unreadable, fail("w", TASK, FAR)], DPO)) == ["a", "w"]
    alone = chosen([TASK], [answer("a", TASK), unreadable], DPO)
    assert kept(alone) == ["a", "u"]
    assert counted(alone) == {"kept": 1, "rejected": 1}


def test_a_held_out_solution_is_not_rejected_either() -> None:
    held_out = function(9, split="audit")
    stolen = fail("w", TASK, str(held_out.spec.reference))  # type: ignore[attr-defined]
    found = chosen([TASK, held_out], [answer("a", TASK), stolen], DPO)
    assert [(r.sample_id, r.with_.task_id) for r in found.removed] == [("w", held_out.id)]
    assert not found.rows


def test_of_judgments_another_option_is_the_rejected_half() -> None:
    judged: dict[str, Any] = {"label": "yes", "tier": "", "stage": "scope", "completion": "yes"}
    rows = [answer("a", TASK, "yes", **judged), fail("b", TASK, "no", **{**judged, "completion": "no"})]
    (row,) = chosen([TASK], rows, DPO, stage="scope").rows
    assert isinstance(row, Pair)
    assert (row.chosen, row.rejected) == (render_completion("yes"), render_completion("no"))


def test_examples_and_pairs_stand_in_one_set_for_the_method_that_wants_both() -> None:
    found = chosen([TASK], [answer("a", TASK), fail("w", TASK)], replace(ALL, method="sft+dpo"))
    assert [type(row) for row in found.rows] == [Example, Pair]
    assert found.lineage == [("example", "a"), ("chosen", "a"), ("rejected", "w")]


def test_prompts_are_practised_questions_with_what_their_oracle_needs() -> None:
    (row,) = chosen([TASK], [fail("b", TASK), answer("a", TASK)], replace(ALL, method="grpo")).rows
    assert isinstance(row, Asked)
    assert (row.prompt, row.sample_id) == (render_prompt(TASK.prompt), "a")
    assert row.spec is not None and spec_from_json(dict(row.spec)) == TASK.spec
    assert Call(**row.call).prompt == TASK.prompt


def test_of_prompts_mastered_ones_are_a_share_and_never_solved_ones_stay() -> None:
    tasks = [function(n) for n in range(12)]
    rows = [answer(f"s{n:02}", task) for n, task in enumerate(tasks[:10])] + [
        fail("f10", tasks[10]),
        fail("f11", tasks[11]),
    ]
    rows += [fail(f"f{n}", tasks[n]) for n in range(6)]
    found = chosen(tasks, rows, replace(ALL, method="grpo", replay=0.2))
    assert counted(found) == {"kept": 10, "mastered": 2}
    assert {row.task_id for row in found.rows} >= {task.id for task in (*tasks[:6], *tasks[10:])}


def test_a_prompt_carries_what_its_stage_needs_to_read_an_answer() -> None:
    """Of every stage; what the store does not keep of a call comes from the task."""
    room = Room(1 << 20, len)
    seen: Counter[str] = Counter()
    task = staged_pack().split("practice")[2]
    for stage in ("routing", "scope", "precision", "planning"):
        asking = stage_of(stage)
        calls = [c for turn in range(asking.rounds) for c in asking.calls(task, reference_findings(task), turn, room)]
        rows = [
            fail(
                call.id, task, "x", stage=stage, call_id=call.id, item=call.item, question=call.kind, label=call.label,
                positive=call.positive, prompt_sha256=call.id,
            ) | {"prompt": render_prompt(call.prompt)}
            for call in calls if call.label is not None
        ]  # fmt: skip
        for row in chosen([task], rows, replace(ALL, method="grpo", balance=0.0), stage=stage).rows:
            assert isinstance(row, Asked) and row.spec is None
            call = Call(**row.call)
            assert asking.read(call, str(call.label)).value == call.label
            assert asking.read(call, "nothing of the kind").value is None
            seen[stage] += 1
    assert min(seen.values()) >= 1 and len(seen) == 4


def test_a_question_that_its_stage_asks_no_more_is_left_out() -> None:
    task = staged_pack().split("practice")[0]
    stale = fail("a", task, "x", stage="scope", label="yes", item="gone.c")
    assert counted(chosen([task], [stale], replace(ALL, method="grpo"), stage="scope")) == {"stale_question": 1}


def test_the_same_answers_give_the_same_bytes_in_whatever_order_they_came() -> None:
    tasks = [function(n) for n in range(8)]
    rows = [
        answer(f"{n}{i}", t, CODE.replace("return", f"x += {i};\n    return"))
        for n, t in enumerate(tasks)
        for i in range(4)
    ]
    rows += [fail(f"{n}w{i}", t, SLIP.replace("1", str(i))) for n, t in enumerate(tasks[:6]) for i in range(6)]
    texts = set()
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        policy = replace(ALL, method="sft+dpo", per_task=2, replay=0.2, near_duplicate=0.95)
        texts.add(to_lines(chosen(tasks, rows, policy).rows))
    assert len(texts) == 1


def test_a_stage_has_its_own_method_or_that_of_all() -> None:
    settings = Settings()
    settings = replace(
        settings, train=replace(settings.train, method="dpo"), scope=replace(settings.scope, method="grpo")
    )
    assert (method_of(settings, "scope"), method_of(settings, "routing")) == ("grpo", "dpo")
    assert policy_of(settings, "scope").method == "grpo"
