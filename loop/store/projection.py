"""The promotions table is a picture of the git registry: what it shows can be dropped and drawn again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loop.store import write

if TYPE_CHECKING:
    from loop.registry import Registry
    from loop.store.db import Store


def rebuild_promotions(store: Store, registry: Registry, stage: str) -> int:
    """Replaces the stage's rows by the registry's history, oldest first; how many there are. Raises RegistryError."""
    manifests = {version.version: version.manifest for version in registry.versions(stage)}
    rows: list[dict[str, Any]] = [
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
    with store.write() as connection:
        connection.execute("DELETE FROM promotions WHERE stage = ?", [stage])
        write.insert(connection, "promotions", rows)
    return len(rows)
