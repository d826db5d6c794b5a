"""Fresh tasks coincide with nothing known, hold their own reference, and follow from the seed."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evaluators.oracles.session import Oracles
from loop.cli.main import main
from loop.cli.tasks_mint import asked_before
from loop.errors import PackError
from loop.home import Home
from loop.store import write
from loop.store.db import Store
from loop.tasks import pack as packs
from loop.tasks.directory import read_pack
from loop.tasks.kata.fresh import apart, fresh, known_of
from loop.tasks.kata.generate import (
    FAMILIES,
    Composition,
    ask,
    behavioural_duplicates,
    compositions,
    mark,
    shape,
    spec_of,
)
from loop.tasks.kata.mint import mint
from loop.tasks.kata.plan import Plan, allocate, family_of, make_plan
from loop.tasks.task import Pack, Split, Task

Capture = pytest.CaptureFixture[str]
BITS = next(family for family in FAMILIES if family.name == "bits")
SOUND = [c for c in compositions(BITS) if mark(c) not in behavioural_duplicates()]


def task_of(composition: Composition, split: Split) -> Task:
    spec = spec_of(composition)
    return Task("kata", "bits", split, composition.key, ask(composition, spec.signature, random.Random(1)), spec)


def source() -> Pack:
    """Six in ten of a small family's compositions are known: nine of them in the audit."""
    shuffled = random.Random(4).sample(SOUND, len(SOUND))
    known = shuffled[: 6 * len(SOUND) // 10]
    return Pack("kata", tuple(task_of(c, "audit" if i < 9 else "practice") for i, c in enumerate(known)))


SOURCE = source()
FRESH = fresh(BITS, known_of(SOURCE.tasks), seed=3)


@pytest.fixture(scope="module")
def oracle(oracle_cache: Path) -> Iterator[Oracles]:
    with Oracles(cache_dir=oracle_cache, cases=24) as opened:
        yield opened


def test_what_is_fresh_has_neither_parts_nor_form_of_anything_known_nor_of_one_another() -> None:
    keys = {task.composition for task in SOURCE.tasks}
    forms = {shape(task.spec.reference) for task in SOURCE.tasks}  # type: ignore[attr-defined]
    own = [shape(spec_of(c).reference) for c in FRESH]
    assert FRESH
    assert not {c.key for c in FRESH} & keys
    assert not set(own) & forms
    assert len(set(own)) == len(own)
    assert not {mark(c) for c in FRESH} & behavioural_duplicates()


def test_what_practice_never_shows_is_not_asked() -> None:
    missing = FRESH[0].key[1]
    practice = [t for t in SOURCE.tasks if t.composition[1] != missing]
    found = fresh(BITS, known_of([*SOURCE.tasks[:9], *practice]), seed=3)
    assert missing not in {c.key[1] for c in found}


def test_the_seed_decides_the_order_and_what_was_minted_before_is_known() -> None:
    known = known_of(SOURCE.tasks)
    assert [c.name for c in fresh(BITS, known, seed=3)] == [c.name for c in FRESH]
    assert [c.name for c in fresh(BITS, known, seed=8)] != [c.name for c in FRESH]
    again = fresh(BITS, known_of([*SOURCE.tasks, task_of(FRESH[0], "audit")]), seed=3)
    assert FRESH[0].key not in {c.key for c in again}


def test_what_behaves_like_a_known_task_is_found_by_running_both() -> None:
    first = SOUND[0]
    twin = replace(first, family=replace(BITS, body=lambda parts, choose: ["(void)0;", *BITS.body(parts, choose)]))
    known = known_of([task_of(first, "practice")])
    assert apart(BITS, [twin, SOUND[1], SOUND[1]], known) == [SOUND[1]]
    assert apart(BITS, [], known) == []


def test_tasks_are_shared_out_in_proportion_and_within_what_there_is() -> None:
    shares = {"a": 9, "b": 9, "c": 3}
    everywhere = dict.fromkeys(shares, 1000)
    assert allocate(shares, everywhere, 21, 1) == shares
    assert allocate(shares, everywhere, 7, 1) == {"a": 3, "b": 3, "c": 1}
    assert allocate(shares, {"a": 2, "b": 0, "c": 50}, 21, 1) == {"a": 2, "b": 0, "c": 19}
    assert sum(allocate(shares, {"a": 2, "b": 1, "c": 1}, 21, 1).values()) == 4


def test_a_plan_says_what_is_not_to_be_had_and_nothing_fresh_is_an_error() -> None:
    plan = make_plan(SOURCE, "audit", 3, None, known_of(SOURCE.tasks))
    assert plan.wanted == {"bits": 9}
    assert plan.quotas == {"bits": min(9, len(FRESH))}
    everything = known_of(task_of(c, "practice") for c in compositions(BITS))
    with pytest.raises(PackError, match="nothing fresh is left"):
        make_plan(SOURCE, "audit", 3, None, everything)
    with pytest.raises(PackError, match="has no vault tasks"):
        make_plan(SOURCE, "vault", 3, None, known_of(SOURCE.tasks))


def test_units_of_projects_belong_to_the_families_of_their_tasks() -> None:
    units = ("fold", "cross text", "wide arrays", "tests text")
    assert [family_of(unit) for unit in units] == ["fold", "bugfix-cross-text", "feature-arrays", "tests-text"]


def test_a_project_is_minted_about_a_fresh_composition_and_is_wrong_as_it_is(oracle: Oracles) -> None:
    scan = next(family for family in FAMILIES if family.name == "scan")
    subject = next(c for c in compositions(scan) if c.parts["class"].wrong and c.parts["extent"].key == "whole")
    plan = Plan(SOURCE, "vault", 3, "p", {"bugfix text": 2}, {"bugfix text": 2}, {"scan": (subject,)})
    made = mint(plan, known_of(SOURCE.tasks), oracle)
    (task,) = made.fresh
    assert (task.type, task.split, task.composition[1:]) == ("bugfix", "vault", subject.key)
    assert task.truth is not None
    assert task.spec.probe.edge_cases  # type: ignore[attr-defined]
    assert made.missing == {"bugfix-text": 1}


@pytest.fixture
def small_source(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The command line sees the small pack as the kata pack."""
    monkeypatch.setenv("LOOP_HOME", str(home.root))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(packs._loaded, "kata", SOURCE)
    return home


def said(capsys: Capture, *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_command_writes_a_pack_that_the_others_take_and_the_store_knows_afterwards(
    small_source: Home, capsys: Capture
) -> None:
    arguments = ["tasks", "mint", "--split", "audit", "--seed", "3", "-n", "1", "--to"]
    planned = said(capsys, *arguments, "minted", "--dry-run")
    assert planned["minted"] == {"bits": 1}
    assert not Path("minted").exists()
    made = said(capsys, *arguments, "minted")
    pack = read_pack(Path("minted"))
    assert (made["sha256"], made["practice"]) == (pack.sha256, len(SOURCE.split("practice")))
    (task,) = pack.split("audit")
    assert (task.family, task.pack, pack.name) == ("bits", "kata-audit-3", "kata-audit-3")
    assert task.spec.edge_cases  # type: ignore[attr-defined]
    assert {t.id for t in pack.split("practice")} == {t.id for t in SOURCE.split("practice")}
    assert task.id not in {t.id for t in SOURCE.tasks}
    listed = said(capsys, "tasks", "list", "--pack", "./minted", "--split", "audit")
    assert [row["id"] for row in listed] == [task.id]
    assert said(capsys, "tasks", "check", "minted", "--split", "audit", "--runs", "1")[0]["ok"]
    assert said(capsys, "audit", "--pack", "minted", "--dry-run")["n_tasks"] == 1
    assert main([*arguments, "minted"]) == 2
    assert "not empty" in capsys.readouterr().err
    with Store(small_source.store).write() as connection:
        write.insert_tasks(connection, [task])
    (known,) = asked_before({t.id for t in SOURCE.tasks})
    assert (known.id, known.composition) == (task.id, task.composition)
    assert said(capsys, "tasks", "mint", "--to", "again", "--seed", "3", "--dry-run")["minted"]["bits"] < len(FRESH)


def test_a_pack_that_is_written_by_hand_is_not_minted_from(small_source: Home, capsys: Capture) -> None:
    assert main(["tasks", "mint", "--from", "reference", "--to", "x"]) == 2
    assert "written, not generated" in capsys.readouterr().err


def test_every_minted_family_is_one_of_the_source() -> None:
    plan = make_plan(SOURCE, "audit", 3, 5, known_of(SOURCE.tasks))
    assert Counter(plan.quotas).total() == 5
    assert set(plan.quotas) == {"bits"}
