"""Rebuild: the store's rows that the registry knows, written again from it; after the store was lost, say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop.cycle.agreement import Lacking, lacking, view
from loop.cycle.lock import hold
from loop.store import write
from loop.store.projection import replace_promotions

if TYPE_CHECKING:
    from loop.home import Home


@dataclass(frozen=True)
class Rebuilt:
    """What was written, or with `dry_run` would be: promotions: stage -> rows that it has then; the others: rows added.

    lost: rows of promotions left as they are because there is no registry to compare them with.
    """

    promotions: dict[str, int]
    adapters: int
    decisions: int
    lost: int
    dry_run: bool


def rebuild(home: Home, *, dry_run: bool = False) -> Rebuilt:
    """Makes the store's rows about promotions, adapters and decisions what the registry says, in one transaction.

    Rows of adapters and decisions that are there stay as they are. Promotions are never deleted for want of a registry.
    Raises EnvironmentFault while a run is at work, StoreError, RegistryError.
    """
    from loop.store.db import Store

    store, registry = Store(home.store), view(home)
    if dry_run:
        with store.read() as connection:
            return _told(lacking(connection, registry), dry_run=True)
    with hold(home), store.write() as connection:
        lack = lacking(connection, registry)
        for stage, rows in lack.promotions.items():
            replace_promotions(connection, stage, rows)
        write.insert(connection, "adapters", lack.adapters)
        write.insert(connection, "decisions", lack.decisions)
    return _told(lack, dry_run=False)


def _told(lack: Lacking, *, dry_run: bool) -> Rebuilt:
    counts = {stage: len(rows) for stage, rows in lack.promotions.items()}
    return Rebuilt(counts, len(lack.adapters), len(lack.decisions), lack.lost, dry_run)
