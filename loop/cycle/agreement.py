"""Do registry, store and weights agree? The registry is the truth: what it names must lie in the store of weights, and
the database's rows about it must be what it says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from loop.cycle.manifest_rows import Row, manifest_rows
from loop.errors import RegistryError
from loop.store import ask
from loop.store.projection import promotion_rows

if TYPE_CHECKING:
    import duckdb

    from loop.home import Home
    from loop.registry import Registry

REBUILD = "loop db migrate --rebuild"
Kind = Literal["weights", "alias", "promotions", "adapter", "decision", "registry"]


@dataclass(frozen=True)
class Disagreement:
    """One thing that does not fit, in a sentence. mendable: `loop db migrate --rebuild` puts it right."""

    kind: Kind
    stage: str
    what: str
    fix: str
    mendable: bool


@dataclass(frozen=True)
class Lacking:
    """What the store has to get to agree. promotions: stage -> all rows that it must have, where it has others.

    adapters, decisions: rows to add. untold: sha256 -> stage of adapters that are in no row and that no manifest tells
    enough of. lost: rows of promotions that stand in the store while the registry knows of none at all.
    """

    promotions: dict[str, list[Row]]
    adapters: list[Row]
    decisions: list[Row]
    untold: dict[str, str]
    lost: int


def agreement(home: Home, *, patience: float = 10.0) -> list[Disagreement]:
    """Everything that does not fit; [] when registry, store and weights agree. Changes nothing.

    Every version's weights are read whole and hashed. patience: seconds that are waited for the store.
    Raises StoreError, and RegistryError when the registry itself is damaged.
    """
    from loop.store.db import Store

    registry = view(home)
    with Store(home.store, patience=patience).read() as connection:
        lack = lacking(connection, registry)
    return [*_weights(home, registry), *_rows(lack)]


def view(home: Home) -> Registry:
    """The registry to read: nothing is made, nothing repaired."""
    from loop.registry import Registry

    return Registry(home.registry.absolute(), home.adapters.absolute())


def lacking(connection: duckdb.DuckDBPyConnection, registry: Registry) -> Lacking:
    """What the store lacks of the registry. Raises RegistryError."""
    stored: dict[str, list[Row]] = {}
    for row in ask.rows(connection, "SELECT * FROM promotions ORDER BY stage, position"):
        stored.setdefault(row["stage"], []).append(row)
    wanted = {stage: promotion_rows(registry, stage) for stage in registry.stages()}
    wanted = {stage: rows for stage, rows in wanted.items() if rows}
    lost = sum(map(len, stored.values())) if not wanted else 0
    differing = {
        stage: wanted.get(stage, [])
        for stage in sorted({*stored, *wanted})
        if [_plain(row) for row in stored.get(stage, [])] != [_plain(row) for row in wanted.get(stage, [])]
    }
    known = manifest_rows(registry)
    adapters = {row[0] for row in connection.execute("SELECT sha256 FROM adapters").fetchall()}
    decisions = {row[0] for row in connection.execute("SELECT id FROM decisions").fetchall()}
    return Lacking(
        promotions={} if lost else differing,
        adapters=[row for sha256, row in known.adapters.items() if sha256 not in adapters],
        decisions=[row for identity, row in known.decisions.items() if identity not in decisions],
        untold={sha256: stage for sha256, stage in known.untold.items() if sha256 not in adapters},
        lost=lost,
    )


def _plain(row: Row) -> dict[str, Any]:
    """A row of promotions as it is compared: its moment as a moment, its manifest as what it says."""
    created = row["created"] if isinstance(row["created"], datetime) else datetime.fromisoformat(row["created"])
    return {**row, "created": created.timestamp(), "manifest": json.loads(row["manifest"])}


def _rows(lack: Lacking) -> list[Disagreement]:
    found = []
    if lack.lost:
        what = f"the store tells of {lack.lost} promotions and rollbacks, and there is no registry"
        found.append(Disagreement("registry", "", what, "restore the registry from a backup", mendable=False))
    for stage in lack.promotions:
        what = f"{stage}: the store's promotions are not the registry's history"
        found.append(Disagreement("promotions", stage, what, REBUILD, mendable=True))
    for row in lack.adapters:
        what = f"{row['stage']}: the store has no row of adapter {row['sha256'][:12]}"
        found.append(Disagreement("adapter", row["stage"], what, REBUILD, mendable=True))
    for row in lack.decisions:
        what = f"{row['stage']}: the store has no row of decision {row['id']} on {row['challenger'][:12]}"
        found.append(Disagreement("decision", row["stage"], what, REBUILD, mendable=True))
    for sha256, stage in lack.untold.items():
        what = f"{stage}: the store has no row of adapter {sha256[:12]}, and its manifest does not tell enough for one"
        found.append(Disagreement("adapter", stage, what, "put back a backup of the store", mendable=False))
    return found


def _weights(home: Home, registry: Registry) -> list[Disagreement]:
    """Versions and aliases whose weights are missing or damaged."""
    problem = _problems(home)
    found = []
    for stage in registry.stages():
        served = {version.version: version.adapter_sha256 for version in registry.versions(stage)}
        for name, sha256 in served.items():
            if error := problem(sha256):
                what = f"{stage} {name}: {error.message}"
                found.append(Disagreement("weights", stage, what, error.fix, mendable=False))
        for alias, target in asdict(registry.aliases(stage)).items():
            if (sha256 := served.get(target, target if alias == "challenger" else "")) and (error := problem(sha256)):
                what = f"{stage}: {alias} points to an adapter without whole weights: {error.message}"
                found.append(Disagreement("alias", stage, what, error.fix, mendable=False))
    return found


def _problems(home: Home) -> Callable[[str], RegistryError | None]:
    """sha256 -> what is wrong with its weights; each is read once."""
    from loop.registry import weights

    @cache
    def problem(sha256: str) -> RegistryError | None:
        try:
            weights.locate(home.adapters, sha256)
        except RegistryError as error:
            return error
        return None

    return problem
