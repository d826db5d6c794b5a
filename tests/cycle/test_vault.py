"""The vault is read every so many promotions, decides nothing, and reaches no training set."""

from __future__ import annotations

from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import pytest

from loop.cycle.audit import audit
from loop.cycle.run import PLAIN, Steps, run_cycle
from loop.cycle.vault import audit_vault, promotions_since
from loop.dataset.selection import select
from loop.diagnosis.read import read
from loop.home import Home
from loop.store import write
from loop.store.db import Store
from loop.tasks.task import Pack
from tests.support.graded_answers import ALL, BASE, answer, fail, function, stored
from tests.support.scripted_world import SETTINGS, make_pack, scripted_context

EVERY = replace(SETTINGS, audit=replace(SETTINGS.audit, vault_every=1, honeypots=1))
FEW = Pack("few", tuple(task for task in make_pack().tasks if task.family in ("plus", "minus")))


def promotion_of(adapter: str) -> Any:
    return SimpleNamespace(adapter=adapter)


def test_what_is_promoted_is_audited_on_the_vault_and_the_gap_is_shown(home: Home) -> None:
    cycle: Any = SimpleNamespace(stage="implementation", id="c")
    with scripted_context(home, settings=EVERY, pack=FEW) as ctx:
        history = [SimpleNamespace(action="promote", adapter_sha256="base")]
        ctx._registry = SimpleNamespace(history=lambda stage: history)  # type: ignore[assignment]
        audited = audit(ctx, "base")
        vaulted = audit_vault(ctx, cycle, promotion_of("base"))
        assert vaulted is not None
        assert vaulted.split == "vault"
        assert audit_vault(ctx, cycle, promotion_of("base")) is None  # it was read just now
        with ctx.store.read() as connection:
            (gap,) = read(connection, "implementation").gaps
    assert (gap.audit_id, gap.vault_id) == (audited.audit_id, vaulted.audit_id)
    assert (gap.audit, gap.vault) == (audited.summary.pass_at_1, vaulted.summary.pass_at_1)
    assert gap.gap == gap.audit - gap.vault


def test_the_vault_comes_after_the_promotion_and_before_the_cycle_ends(home: Home) -> None:
    said: list[tuple[str, Any]] = []

    def told(name: str) -> Any:
        def done(*arguments: Any, **named: Any) -> Any:
            said.append((name, arguments[-1]))
            return getattr(PLAIN, name)(*arguments, **named)

        return done

    with scripted_context(home, settings=EVERY) as ctx:
        outcome = run_cycle(ctx, Steps(**{field.name: told(field.name) for field in fields(Steps)}))
        with ctx.store.read() as connection:
            found = connection.execute("SELECT adapter FROM audits WHERE split = 'vault'").fetchall()
    assert [name for name, _ in said][-3:] == ["settle", "audit_vault", "finish"]
    promotion = outcome.stages["implementation"].promotion
    assert promotion is not None and said[-2][1] == promotion
    assert found == [(promotion.adapter,)]


@pytest.mark.parametrize("method", ["sft", "dpo", "grpo"])
def test_no_answer_to_a_vault_task_is_ever_selected(method: Any) -> None:
    secret, open_task = function(1, split="vault"), function(2)
    rows = [
        answer("read", secret, purpose="audit", audit_id="a1", cycle_id=None),
        fail("missed", secret, purpose="audit", audit_id="a1", cycle_id=None),
        answer("stray", secret), fail("stray too", secret),
        answer("kept", open_task), fail("wrong", open_task),
    ]  # fmt: skip
    with stored([secret, open_task], rows) as connection:
        policy = replace(ALL, method=method)
        found = select(connection, "implementation", BASE, policy, references={}, held=(), trusted=("strong",))
    assert {sample for _, sample in found.lineage} <= {"kept", "wrong"}
    assert {row.task_id for row in found.rows} <= {open_task.id}


def test_every_zero_leaves_the_vault_alone(home: Home) -> None:
    never = replace(SETTINGS, audit=replace(SETTINGS.audit, vault_every=0))
    with scripted_context(home, settings=never) as ctx:
        cycle: Any = SimpleNamespace(stage="implementation", id="c")
        assert audit_vault(ctx, cycle, promotion_of("a" * 64)) is None


def test_nothing_promoted_or_an_empty_vault_reads_nothing(home: Home) -> None:
    with scripted_context(home, settings=EVERY) as ctx:
        cycle: Any = SimpleNamespace(stage="implementation", id="c")
        assert audit_vault(ctx, cycle, None) is None
        ctx.pack = replace(ctx.pack, tasks=ctx.pack.split("practice"))
        assert audit_vault(ctx, cycle, promotion_of("a" * 64)) is None


def world(home: Home, read: list[str], *, pack: str = "p", state: str = "finished") -> Any:
    """Five promotions, one of them after a rollback; the adapters in `read` have an audit on the vault."""
    store = Store(home.store)
    rows = [
        {
            "id": f"{adapter}-{pack}-{state}", "protocol": "", "adapter": adapter, "base_sha256": "b", "split": "vault",
            "k": 1, "temperature": 0.0, "seed": 1, "pack": pack, "pack_sha256": pack, "oracle_seed": 1, "cases": 1,
            "n_tasks": 1, "state": state, "stage": "scope",
        }
        for adapter in read
    ]  # fmt: skip
    with store.write() as connection:
        write.insert(connection, "audits", rows)
    events = [("promote", "a1"), ("promote", "a2"), ("promote", "a3"), ("rollback", "a1"), ("promote", "a4")]
    history = [SimpleNamespace(action=action, adapter_sha256=adapter) for action, adapter in reversed(events)]
    return SimpleNamespace(
        store=store, registry=SimpleNamespace(history=lambda stage: history), pack=SimpleNamespace(sha256="p"),
        base=lambda stage: SimpleNamespace(sha256="b"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("read", "pack", "state", "since"),
    [
        ([], "p", "finished", 4),
        (["base"], "p", "finished", 4),
        (["a2"], "p", "finished", 2),
        (["a1", "a3"], "p", "finished", 1),
        (["a4"], "p", "finished", 0),
        (["a4"], "another", "finished", 4),
        (["a4"], "p", "running", 4),
    ],
)
def test_promotions_are_counted_since_the_newest_that_the_vault_has_seen(
    home: Home, read: list[str], pack: str, state: str, since: int
) -> None:
    assert promotions_since(world(home, read, pack=pack, state=state), "scope") == since
