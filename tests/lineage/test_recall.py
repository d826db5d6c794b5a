"""A wrong oracle's verdicts are recalled: graded again, kept, followed to what serves; a kill loses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec
from evaluators.verdict import Verdict
from loop.cycle.begin import begin_or_resume
from loop.cycle.context import Context
from loop.cycle.harvest import harvest
from loop.cycle.practice import practice_tasks
from loop.cycle.recall import Recall, advice, recall
from loop.cycle.stream import Stream
from loop.errors import PackError, UsageError
from loop.gate.estimate import summarise
from loop.store import ask_audits
from loop.tasks.task import Pack
from tests.support.scripted_world import make_pack
from tests.support.tainted_world import SMALL, World, scripted_context
from tests.support.wrong_oracle import lenient

VERDICTS = "SELECT sample_id, kind, oracle FROM verdicts ORDER BY sample_id"


def opened(world: World, pack: Pack | None = None) -> Context:
    return scripted_context(world.home, settings=SMALL, pack=pack)


def recalled(world: World, *, pack: Pack | None = None, **named: Any) -> Recall:
    """Of the oracle that was blind to the practice task."""
    with opened(world, pack) as ctx:
        return recall(ctx, "oracle", world.oracle_of(world.blind), **named)


def answers(world: World) -> dict[str, str]:
    """The readable answers to the practice task that the oracle was blind to, and what they are."""
    found = world.ask(
        "SELECT s.id, v.kind FROM samples s JOIN verdicts v ON v.sample_id = s.id"
        " WHERE s.task_id = ? AND s.code IS NOT NULL",
        world.blind.id,
    )
    return {str(key): str(kind) for key, kind in found}


def test_a_dry_run_says_what_would_be_graded_again_and_changes_nothing(made: World) -> None:
    before = made.ask(VERDICTS)
    found = recalled(made, dry_run=True)
    assert found.samples == len(answers(made)) == 2
    assert (found.follows.rows, found.follows.wrong, found.follows.in_service) == (1, 0, [])
    (adapter,) = found.follows.adapters
    assert (adapter["sha256"], adapter["serving"]) == (made.outcome.adapter.sha256, "v1")
    assert made.ask(VERDICTS) == before
    assert made.ask("SELECT count(*) FROM taints") == [(0,)]


def test_what_passed_a_blind_oracle_is_wrong_now_and_followed_to_what_serves(world: World) -> None:
    blind = world.oracle_of(world.blind)
    found = recalled(world, reason="it was blind")
    assert found.verdicts == {"pass -> wrong_answer": 2}
    assert set(answers(world).values()) == {"wrong_answer"}
    assert (found.follows.rows, found.follows.wrong, found.unchanged) == (1, 1, 0)
    (served,) = found.follows.in_service
    assert (served["stage"], served["version"], served["wrong_rows"]) == ("implementation", "v1", 1)
    assert "loop rollback --stage implementation" in advice(found)[0]
    kept = world.ask("SELECT sample_id, kind, oracle FROM verdicts_recalled WHERE taint = ?", found.taint)
    assert {(key, "pass", blind) for key in answers(world)} == set(kept)
    assert world.ask("SELECT reason, finished IS NOT NULL, counts->>'wrong_rows' FROM taints") == [
        ("it was blind", True, "1")
    ]
    with opened(world) as ctx:
        again = harvest(ctx)
        assert recall(ctx, "oracle", blind).taint == found.taint  # all was done: the same is told
        left = ctx.store
        with left.read() as connection:
            rows = connection.execute(
                "SELECT sample_id FROM dataset_rows WHERE manifest = ?", [again.manifest]
            ).fetchall()
    assert rows
    assert not {key for (key,) in rows} & set(answers(world))


def test_audits_are_scored_again_and_the_decision_is_taken_again(world: World) -> None:
    assert world.outcome.promotion is not None
    before = world.outcome.champion.summary.pass_at_1, world.outcome.challenger.summary.pass_at_1
    with opened(world) as ctx:
        found = recall(ctx, "task", world.blind_audit.id)
        with ctx.store.read() as connection:
            scores = [summarise(ask_audits.audit_scores(connection, row["id"])) for row in found.follows.audits]
    assert found.follows.rows == 0  # an audit's answers are never learned from
    assert [row["before"] for row in found.follows.audits] == pytest.approx(before)
    assert [row["after"] for row in found.follows.audits] == pytest.approx([one.pass_at_1 for one in scores])
    assert sum(row["changed"] for row in found.follows.audits) == 1
    stored = world.ask("SELECT pass_at_1, greedy FROM audits ORDER BY started")
    assert stored == [(pytest.approx(one.pass_at_1), pytest.approx(one.greedy)) for one in scores]
    (decision,) = found.follows.decisions
    assert (decision["outcome"], decision["now"]) == ("promote", "promote")
    assert decision["delta_now"] == pytest.approx(scores[1].pass_at_1 - scores[0].pass_at_1)
    assert [(row["by_rows"], row["by_audits"]) for row in found.follows.promotions] == [(False, True)]


def test_killed_between_two_answers_it_goes_on_and_grades_only_what_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, blind = answers(world), world.oracle_of(world.blind)
    keep = Stream._keep

    def one_and_no_more(self: Stream, sample: dict[str, Any], verdict: Verdict) -> None:
        keep(self, sample, verdict)
        raise KeyboardInterrupt

    with opened(world) as ctx:
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(Stream, "_keep", one_and_no_more)
            patched.setattr(Stream, "flush", lambda self: None)  # the batch never came to the store
            recall(ctx, "oracle", blind, "it was blind")
        (graded,) = [row["sample"]["id"] for row in ctx.journal.pending()]
    assert set(answers(world).values()) == {"infra"}  # until they are graded again, nobody learns from them
    assert len(world.ask("SELECT * FROM verdicts_recalled WHERE kind = 'pass'")) == len(whole)

    asked: list[str] = []
    grade_many = Oracles.grade_many

    def seen(self: Oracles, jobs: Iterable[tuple[str, Any, str]]) -> Iterator[tuple[str, Verdict]]:
        kept = list(jobs)
        asked.extend(key for key, _, _ in kept)
        return grade_many(self, kept)

    monkeypatch.setattr(Oracles, "grade_many", seen)
    with opened(world) as ctx:
        found = recall(ctx, "oracle", blind)
    assert set(asked) == whole.keys() - {graded}
    assert found.verdicts == {"pass -> wrong_answer": 2}
    assert world.ask("SELECT count(*), any_value(reason), max(finished) IS NOT NULL FROM taints") == [
        (1, "it was blind", True)
    ]


def test_a_task_that_stands_as_wrong_is_neither_practised_nor_learned_until_it_is_mended(world: World) -> None:
    with opened(world) as ctx:
        before, cycle = harvest(ctx, dry_run=True), begin_or_resume(ctx)
        assert cycle is not None
        first = replace(cycle, number=1)
        assert world.blind.id in {task.id for task in practice_tasks(ctx, first)}
        with lenient(world.blind):
            found = recall(ctx, "task", world.blind.id, "nobody can say what it wants", exclude=True)
        assert (found.follows.wrong, len(found.follows.in_service)) == (1, 1)  # though its answers still pass
        assert (found.unchanged, found.verdicts) == (2, {})
        assert "very same oracle" in advice(replace(found, excluded=False))[-1]
        after = harvest(ctx, dry_run=True)
        assert (after.counters["tainted_task"], sum(after.counters.values())) == (3, before.candidates)
        assert (before.counters["tainted_task"], after.candidates) == (0, before.candidates)
        assert world.blind.id not in {task.id for task in practice_tasks(ctx, first)}
        only = Pack("one", (world.blind,))
        ctx.pack = only
        with pytest.raises(PackError, match="1 stand as wrong"):
            practice_tasks(ctx, first)
        ctx.pack = make_pack()
        lifted = recall(ctx, "task", world.blind.id)
        assert not lifted.excluded
        assert harvest(ctx, dry_run=True).counters["tainted_task"] == 0
        assert world.blind.id in {task.id for task in practice_tasks(ctx, first)}


def test_a_task_that_the_pack_has_mended_is_graded_and_kept_as_it_is_now(world: World) -> None:
    spec = world.blind.spec
    assert isinstance(spec, FunctionSpec)
    mended = replace(world.blind, spec=replace(spec, edge_cases=((41,), (42,))))
    pack = make_pack()
    tasks = tuple(mended if task.id == mended.id else task for task in pack.tasks)
    found = recalled(world, pack=Pack(pack.name, tasks))
    assert found.verdicts == {"pass -> wrong_answer": 2}
    (stored,) = world.ask("SELECT spec->'edge_cases' FROM tasks WHERE id = ?", mended.id)
    (was,) = world.ask("SELECT was->?->'spec'->'edge_cases' FROM taints", mended.id)
    assert (stored[0], was[0]) == ("[[41],[42]]", "[]")


def test_what_is_unknown_or_cannot_be_is_refused(made: World) -> None:
    with opened(made) as ctx:
        for kind, text, exclude, said in (
            ("oracle", "ffffffff", False, "no oracle 'ffffffff' judged anything"),
            ("task", "ffffffff", False, "no task 'ffffffff'"),
            ("task", "ab", False, "too short"),
            ("oracle", "abcdef", True, "only a task can be excluded"),
        ):
            with pytest.raises(UsageError, match=said):
                recall(ctx, kind, text, exclude=exclude)  # type: ignore[arg-type]
