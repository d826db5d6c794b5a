"""From any row, up to what it came from and down to what rests on it; the registry alone knows the way to the data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loop.cli.main import main
from loop.cycle.promote import promote, rollback
from loop.errors import UsageError
from loop.lineage.resolve import Found, resolve
from loop.lineage.samples import Group
from loop.lineage.service import promotions
from loop.lineage.walk import Lineage, walk
from loop.registry import Registry
from loop.store.db import Store
from tests.support.graded_answers import answer, function, stored
from tests.support.tainted_world import SMALL, World, scripted_context

ABOVE = {"tasks", "written by", "samples"}
# kind -> what is above it, what is below it
WAYS: dict[str, tuple[set[str], set[str]]] = {
    "task": (set(), {"samples", "datasets", "adapters", "audits", "decisions", "promotions"}),
    "sample": ({"tasks", "written by"}, {"datasets", "adapters", "audits", "decisions", "promotions"}),
    "dataset": (ABOVE, {"adapters", "audits", "decisions", "promotions"}),
    "adapter": ({*ABOVE, "datasets"}, {"audits", "decisions", "promotions"}),
    "audit": ({*ABOVE, "datasets", "adapters", "tasks asked", "answers"}, {"decisions", "promotions"}),
    "decision": ({*ABOVE, "datasets", "adapters", "audits"}, {"promotions"}),
    "promotion": ({*ABOVE, "datasets", "adapters", "audits", "decisions"}, set()),
}


def walked(world: World, text: str, stage: str | None = None, limit: int = 3) -> Lineage:
    service = promotions(Registry(world.home.registry, world.home.adapters))
    with Store(world.home.store).read() as connection:
        return walk(connection, service, resolve(connection, service, text, stage), limit)


def groups(found: tuple[Group, ...]) -> dict[str, Group]:
    return {group.name: group for group in found}


def identity(world: World, kind: str) -> str:
    """An id of the chain that ends with what serves."""
    promotion = world.outcome.promotion
    assert promotion is not None
    sample, task = world.ask("SELECT sample_id, task_id FROM dataset_rows r JOIN samples s ON s.id = r.sample_id")[0]
    ids = {
        "task": task, "sample": sample, "dataset": world.outcome.dataset.manifest,
        "adapter": world.outcome.adapter.sha256, "audit": world.outcome.challenger.audit_id,
        "decision": world.ask("SELECT id FROM decisions")[0][0], "promotion": promotion.commit,
    }  # fmt: skip
    return str(ids[kind])


@pytest.mark.parametrize("kind", WAYS)
def test_the_beginning_of_any_id_is_walked_both_ways(made: World, kind: str) -> None:
    key = identity(made, kind)
    found = walked(made, key[:8])
    assert (found.kind, found.id) == (kind, key)
    assert (set(groups(found.came_from)), set(groups(found.rests_on_it))) == WAYS[kind]


def test_what_an_adapter_rests_on_is_counted_and_a_few_are_shown_with_whole_ids(made: World) -> None:
    above = groups(walked(made, "v1", limit=2).came_from)
    rows = made.outcome.dataset.rows
    assert (above["samples"].count, len(above["samples"].examples)) == (rows, 2)
    assert above["samples"].facts == {"purposes": {"practice": rows}, "verdicts": {"pass": rows}}
    assert [row["id"] for row in above["datasets"].examples] == [made.outcome.dataset.manifest]
    assert {len(row["id"]) for row in above["samples"].examples} == {32}


def test_of_what_came_of_it_the_outcome_and_who_promoted_are_told(made: World) -> None:
    below = groups(walked(made, made.outcome.dataset.manifest).rests_on_it)
    assert below["decisions"].examples[0]["outcome"] == "promote"
    (promoted,) = below["promotions"].examples
    assert (promoted["tag"], promoted["promoted_by"], promoted["serving"]) == ("implementation/v1", "the gate", True)
    assert below["promotions"].facts == {"in_service": ["implementation/v1"]}


def test_the_registry_alone_leads_from_a_version_to_its_dataset_and_decision(world: World) -> None:
    world.home.store.unlink()
    adapter = walked(world, "v1", "implementation")
    assert adapter.id == world.outcome.adapter.sha256
    assert adapter.facts["dataset"] == world.outcome.dataset.manifest
    above = groups(walked(world, "implementation/v1").came_from)
    assert [row["id"] for row in above["datasets"].examples] == [world.outcome.dataset.manifest]
    (decision,) = above["decisions"].examples
    assert (decision["decision"], decision["challenger_audit"]) == ("promote", world.outcome.challenger.audit_id)
    assert walked(world, world.outcome.dataset.manifest[:10]).kind == "dataset"


def test_a_forced_promotion_says_who_and_why_and_what_served_before(world: World) -> None:
    with scripted_context(world.home, settings=SMALL) as ctx:
        rollback(ctx)
        promote(ctx, world.outcome.adapter.sha256, force=True, reason="the audit is stale")
    forced = walked(world, "implementation/v2")
    assert forced.facts["promoted_by"] == "a person, against or without the gate: the audit is stale"
    assert [row["tag"] for row in walked(world, "implementation/v1").rests_on_it[0].examples] == [
        "implementation/rollback-1", "implementation/v2",
    ]  # fmt: skip


def test_an_exact_id_is_meant_even_where_a_longer_one_begins_so() -> None:
    task = function(1)
    with stored([task], [answer(task.id + "0" * 16, task)]) as connection:
        assert resolve(connection, (), task.id) == Found("task", task.id)
        with pytest.raises(UsageError, match=rf"ambiguous: sample {task.id}0+, task {task.id}"):
            resolve(connection, (), task.id[:9])


@pytest.mark.parametrize(
    ("text", "stage", "said"),
    [
        ("ffffffffff", None, "nothing has an id that begins with"),
        ("abc", None, "too short"),
        ("", None, "too short"),
        ("v9", None, "no version 'v9'"),
        ("v1", "scope", "scope has no version 'v1'"),
        ("abcdef", "scope", "--stage goes with a version"),
    ],
)
def test_what_is_not_there_is_one_clear_refusal(made: World, text: str, stage: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        walked(made, text, stage)
    assert caught.value.fix


def test_the_command_talks_to_people_and_to_programs(
    made: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("LOOP_HOME", str(made.home.root))
    monkeypatch.chdir(tmp_path)
    assert main(["lineage", "v1", "--json", "-n", "1"]) == 0
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert data["id"] == made.outcome.adapter.sha256
    assert [len(group["examples"]) for group in data["came_from"]] == [1] * 4
    assert main(["lineage", made.blind.id]) == 0
    text = capsys.readouterr().out
    assert "came from: nothing" in text
    assert "1  promotions  (implementation/v1)" in text
    assert main(["lineage", "ffffffffff"]) == 2
    assert "nothing has an id that begins with" in capsys.readouterr().err
