"""The promotions table is a picture of the git registry: what it shows can be dropped and drawn again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loop.store import ask, write

if TYPE_CHECKING:
    import duckdb

    from loop.registry import Registry
    from loop.store.db import Store

_SEEN = "SELECT stage, count(*) AS rows, arg_max(git_commit, position) AS commit FROM promotions GROUP BY stage"


def promotion_rows(registry: Registry, stage: str) -> list[dict[str, Any]]:
    """The rows that the table must have of a stage, oldest first. Raises RegistryError."""
    manifests = {version.version: version.manifest for version in registry.versions(stage)}
    return [
        {
            "stage": stage,
            "position": position,
            "action": event.action,
            "version": event.version,
            "adapter": event.adapter_sha256,
            "git_commit": event.commit,
            "created": event.created,
            "forced_reason": event.forced_reason,
            "manifest": write.plain_json(manifests.get(event.version, {})),
        }
        for position, event in enumerate(reversed(registry.history(stage)))
    ]


def rebuild_promotions(store: Store, registry: Registry, stage: str) -> int:
    """Replaces the stage's rows by the registry's history, oldest first; how many there are. Raises RegistryError."""
    rows = promotion_rows(registry, stage)
    with store.write() as connection:
        replace_promotions(connection, stage, rows)
    return len(rows)


def replace_promotions(connection: duckdb.DuckDBPyConnection, stage: str, rows: list[dict[str, Any]]) -> None:
    """The stage's rows become `rows`."""
    connection.execute("DELETE FROM promotions WHERE stage = ?", [stage])
    write.insert(connection, "promotions", rows)


def catch_up(store: Store, registry: Registry) -> tuple[str, ...]:
    """Draws the stages anew whose last promotion or rollback the store has missed, since a process was killed between
    the registry's commit and the store's rows; which ones. Needs the home's lock. Raises RegistryError."""
    wanted = {stage: registry.history(stage) for stage in registry.stages()}
    if not any(wanted.values()):
        return ()
    with store.read() as connection:
        seen = {row["stage"]: (row["rows"], row["commit"]) for row in ask.rows(connection, _SEEN)}
    missed = [
        stage for stage, events in wanted.items() if events and seen.get(stage) != (len(events), events[0].commit)
    ]
    for stage in missed:
        rebuild_promotions(store, registry, stage)
    return tuple(missed)
