"""Judgments off the logits within a cycle: the same completions as generated ones, and what is known beside them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loop.config import Settings
from loop.cycle.audit import audit
from loop.cycle.chain import audit_chain
from loop.cycle.context import Context
from loop.home import Home
from loop.inference.engine import Choice, Question, Request
from loop.store import ask
from tests.support.staged_world import FourBytes, staged_context


def rows(ctx: Context, where: str = "true") -> ask.Rows:
    with ctx.store.read() as connection:
        return ask.rows(connection, f"SELECT * FROM v_samples WHERE {where} ORDER BY task_id, item, idx")


def with_scope(settings: Settings, **values: Any) -> Settings:
    return replace(settings, scope=replace(settings.scope, **values))


def says(words: Sequence[str]) -> Any:
    """A script that says each of these words as often as another."""

    def script(request: Request, adapter: Path | None, rng: random.Random) -> str:
        return random.Random(f"{request.prompt}{rng.random()}").choice(list(words))

    return script


class Undrawn(FourBytes):
    """As a server is: it has scores, and draws nothing."""

    def choose(self, questions: Sequence[Question], adapter: Path | None) -> Iterator[Choice]:
        for choice in super().choose(questions, adapter):
            yield replace(choice, mass=None, drawn=())


class Unsure(FourBytes):
    """Says what its script says, and would say another option nearly as often."""

    def choose(self, questions: Sequence[Question], adapter: Path | None) -> Iterator[Choice]:
        for choice in super().choose(questions, adapter):
            yield replace(choice, scores=tuple(0.1 + 0.8 * score for score in choice.scores))


def audited(home: Home, words: Sequence[str], engine: type[FourBytes] = FourBytes, **scope: Any) -> ask.Rows:
    """Every sample of an audit of scope, of a model that says these words."""
    with staged_context(home) as ctx:
        ctx.settings = with_scope(ctx.settings, **scope)
        ctx._engine = engine(says(words))
        report = audit(ctx, "base", stage="scope")
        return rows(ctx, f"audit_id = '{report.audit_id}'")


def test_answers_off_the_logits_are_those_that_are_generated(home: Home) -> None:
    words = ("yes", "no", "no", "maybe")
    judged = audited(home, words)
    generated = audited(home, words, judge="generate")
    same = ("task_id", "item", "idx", "completion", "code", "kind", "finish", "prompt_tokens", "completion_tokens")
    assert [[row[name] for name in same] for row in judged] == [[row[name] for name in same] for row in generated]
    assert {row["kind"] for row in judged} == {"pass", "wrong_answer", "format_error"}
    assert all(row["score"] is row["entropy"] is row["mass"] is None for row in generated)


def test_score_entropy_and_mass_stand_beside_each_answer(home: Home) -> None:
    found = audited(home, ("yes", "no", "maybe"))
    assert all(0 < row["mass"] <= 1 and row["entropy"] >= 0 for row in found if row["mass"])
    read = [row for row in found if row["code"] is not None]
    assert read
    assert all(0 < row["score"] <= 1 for row in read)
    unread = [row for row in found if row["code"] is None]
    assert unread
    assert all(row["score"] is None and row["mass"] is not None and row["mass"] < 1 for row in unread)


def test_what_is_none_of_the_options_stays_a_format_error(home: Home) -> None:
    found = audited(home, ("Perhaps.",), threshold=0.1)
    assert {(row["kind"], row["completion"], row["mass"]) for row in found} == {("format_error", "Perhaps.", 0.0)}


def test_a_threshold_decides_the_greedy_answer_and_leaves_the_samples_alone(home: Home) -> None:
    plain, strict = audited(home, ("yes", "no")), audited(home, ("yes", "no"), threshold=0.99)
    greedy = [(a, b) for a, b in zip(plain, strict, strict=True) if a["idx"] < 0]
    samples = [(a, b) for a, b in zip(plain, strict, strict=True) if a["idx"] >= 0]
    assert all(a["completion"] == b["completion"] for a, b in samples)
    doubtful = [(a, b) for a, b in greedy if a["completion"] == "yes" and a["score"] < 0.99]
    assert doubtful
    for before, after in doubtful:
        assert after["completion"] == after["code"] == "no"
        assert after["score"] == pytest.approx(1 - before["score"])
    certain = [(a, b) for a, b in greedy if a["score"] >= 0.99]
    assert all(a["completion"] == b["completion"] for a, b in certain)


def test_an_engine_that_draws_nothing_has_its_answers_generated_and_its_scores_kept(home: Home) -> None:
    found = audited(home, ("yes", "no", "maybe"), Undrawn)
    assert {row["kind"] for row in found} == {"pass", "wrong_answer", "format_error"}
    assert {row["mass"] for row in found} == {None}
    assert all(row["entropy"] is not None for row in found)


def test_how_a_stage_judges_belongs_to_what_an_audit_and_a_run_are(home: Home) -> None:
    seen = set()
    for scope in ({}, {"judge": "generate"}, {"threshold": 0.5}, {"threshold": 0.6}):
        with staged_context(home) as ctx:
            ctx.settings = with_scope(ctx.settings, **scope)
            seen.add((ctx.settings_sha256, audit(ctx, "base", stage="scope").audit_id, audit_chain(ctx).audit_id))
    assert all(len({one[i] for one in seen}) == 4 for i in range(3))


def test_the_chain_goes_by_the_threshold(home: Home) -> None:
    """A model that is not sure that anything is needed finds nothing."""
    for threshold, expected in ((0.0, {"yes"}), (0.95, {"no"})):
        with staged_context(home) as ctx:
            ctx.settings = with_scope(ctx.settings, threshold=threshold)
            ctx._engine = Unsure(says(["yes"]))
            report = audit_chain(ctx)
            found = rows(ctx, f"audit_id = '{report.audit_id}' AND stage = 'scope'")
        assert found
        assert {row["completion"] for row in found} == expected
