"""The grader's own failures are tried again, counted, and never a label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from evaluators.oracles.protocol import Spec
from evaluators.verdict import Kind, Verdict
from loop.cycle.audit import audit
from loop.cycle.begin import begin_or_resume
from loop.cycle.context import Context
from loop.cycle.harvest import harvest
from loop.cycle.practice import practice
from loop.errors import ToolError
from loop.home import Home
from loop.store import ask, ask_audits
from tests.support.scripted_world import SETTINGS, scripted_context

PRACTICE_SAMPLES = SETTINGS.practice.tasks * SETTINGS.practice.k


class BrokenGrader:
    """Fails on whatever it is given."""

    tier = "standard"

    def grade_many(self, jobs: Iterable[tuple[str, Spec, str]]) -> Iterator[tuple[str, Verdict]]:
        for key, _, _ in list(jobs):
            yield key, Verdict(Kind.INFRA, "the box broke", tier="standard")

    def close(self) -> None:
        pass


def broken(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The first `times` oracles that a context opens are broken."""
    real, left = Context.oracle, [times]

    def oracle(ctx: Context, seed: int) -> Any:
        if ctx._oracle is None and left[0] > 0:
            left[0] -= 1
            ctx._oracle, ctx._oracle_seed = BrokenGrader(), seed  # type: ignore[assignment]
        return real(ctx, seed)

    monkeypatch.setattr(Context, "oracle", oracle)


def infra_rows(ctx: Context) -> int:
    with ctx.store.read() as connection:
        return int(connection.execute("SELECT count(*) FROM verdicts WHERE kind = 'infra'").fetchall()[0][0])


def test_what_the_grader_failed_on_is_graded_again_by_a_new_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, 1)
    with scripted_context(home) as ctx:
        report = practice(ctx, begin_or_resume(ctx))
        assert Kind.INFRA not in report.kinds
        assert infra_rows(ctx) == 0


def test_an_outage_is_no_label_and_is_made_up_for_without_sampling_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, 2)
    with scripted_context(home, base_skill=1.0) as ctx:
        cycle = begin_or_resume(ctx)
        during = practice(ctx, cycle)
        assert during.kinds == {Kind.INFRA: PRACTICE_SAMPLES}
        assert during.solved == 0
        with ctx.store.read() as connection:
            zone = ask.rows(connection, "SELECT DISTINCT samples, passes FROM v_practice_tasks")
        assert zone == [{"samples": 0, "passes": 0}]
        assert harvest(ctx, dry_run=True).counters["infra"] == PRACTICE_SAMPLES
        served = len(ctx.engine("implementation").served)  # type: ignore[attr-defined]
        ctx.close_oracle()
        after = practice(ctx, cycle)
        assert after.kinds == {Kind.PASS: PRACTICE_SAMPLES}
        assert len(ctx.engine("implementation").served) == served  # type: ignore[attr-defined]


def test_an_audit_that_could_not_be_graded_is_no_audit_until_it_is(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, 3)
    with scripted_context(home) as ctx:
        with pytest.raises(ToolError, match="could be graded"):
            audit(ctx, "base")
        with ctx.store.read() as connection:
            assert ask_audits.last_audits(connection, {"implementation": "base"}, "audit") == {"implementation": None}
        ctx.close_oracle()
        report = audit(ctx, "base")
        assert report.summary.infra == 0
        assert report.scores.honeypots == SETTINGS.audit.honeypots * SETTINGS.audit.k
        assert infra_rows(ctx) == 0
