"""Audit, practice, train and promote as flows of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from loop.cycle.promote import PromotionRefused
from loop.errors import ConfigError, UsageError
from loop.gate.shown import told
from loop.home import Home
from tests.support.scripted_world import scripted_context


def test_an_audit_shows_every_family(
    home: Home,
    prefect_server: str,
    last_run: Callable[[str], Any],
    artifacts: Callable[[Any], dict[str, Any]],
) -> None:
    from flows.audit import audit
    from flows.session import using

    with scripted_context(home) as ctx, using(ctx):
        report = audit(adapter="base")
    run = last_run("audit")
    assert run.name == "audit base at implementation on audit"
    rows = json.loads(artifacts(run)["audit"].data)
    assert [row["family"] for row in rows] == ["all", *sorted({task.family for task in report.scores.tasks})]
    assert rows[0]["pass@1"] == told(report.summary.pass_at_1)


def test_an_unknown_adapter_fails_the_run_on_one_line(
    home: Home, prefect_server: str, last_run: Callable[[str], Any]
) -> None:
    from flows.audit import audit
    from flows.session import using

    with scripted_context(home) as ctx, using(ctx), pytest.raises(UsageError):
        audit(adapter="no-such-adapter")
    state = last_run("audit").state
    assert state.is_failed()
    assert state.message.startswith("implementation: adapter 'no-such-adapter' is not known -> ")


def test_an_unknown_profile_fails_the_run_and_is_the_callers_error(
    home: Home, prefect_server: str, last_run: Callable[[str], Any]
) -> None:
    from flows.audit import audit

    with pytest.raises(ConfigError, match="unknown profile 'micra'"):
        audit(profile="micra", home=str(home.root))
    assert "unknown profile 'micra'" in last_run("audit").state.message


def test_the_practice_split_cannot_be_audited(prefect_server: str) -> None:
    from prefect.exceptions import ParameterTypeError

    from flows.audit import audit

    with pytest.raises(ParameterTypeError):
        audit(split="practice")  # type: ignore[arg-type]


def test_practice_then_train_then_promote_make_one_cycle(
    home: Home,
    prefect_server: str,
    last_run: Callable[[str], Any],
    artifacts: Callable[[Any], dict[str, Any]],
) -> None:
    from flows.practice import practice
    from flows.promote import promote
    from flows.session import using
    from flows.train import train

    with scripted_context(home) as ctx, using(ctx):
        dataset = practice()
        adapter = train()
        promoted = promote()
        assert adapter.dataset == dataset.manifest
        assert promoted.adapter == adapter.sha256 == ctx.champion("implementation")
        assert promoted.version in artifacts(last_run("promote"))["decision"].data

        with pytest.raises(PromotionRefused, match="nothing"):
            promote()
    assert last_run("promote").state.is_failed()
