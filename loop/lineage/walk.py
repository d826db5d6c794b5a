"""The walk, from any row: up to what it came from, down to what rests on it.

tasks -> samples and their verdicts -> dataset -> adapter -> audits -> decisions -> promotions. Where the store has no
row of an adapter, the registry's manifest says which dataset it was trained on and which decision promoted it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loop.lineage import samples
from loop.lineage.samples import Group, Samples
from loop.lineage.service import Promotion
from loop.store.rows import Rows, one, rows

if TYPE_CHECKING:
    import duckdb

    from loop.lineage.resolve import Found

BASE = "base"
_DATASETS = """
SELECT manifest AS id, stage, method, n_rows, n_tasks, candidates, cycle_id, source_cycles, created
FROM datasets WHERE manifest IN (SELECT unnest(?)) ORDER BY created, manifest
"""
_ADAPTERS = """
SELECT sha256 AS id, stage, base, dataset, cycle_id, seconds, created FROM adapters
WHERE sha256 IN (SELECT unnest(?)) OR dataset IN (SELECT unnest(?)) ORDER BY created, sha256
"""
_AUDITS = """
SELECT id, stage, adapter, split, k, n_tasks, state, pass_at_1, ci_low, ci_high, tier, cycle_id, finished FROM audits
WHERE id IN (SELECT unnest(?)) OR adapter IN (SELECT unnest(?)) ORDER BY started, id
"""
_DECISIONS = """
SELECT id, stage, outcome, delta, p_value, champion, challenger, champion_audit, challenger_audit, reasons, cycle_id,
       created
FROM decisions WHERE id IN (SELECT unnest(?)) OR champion_audit IN (SELECT unnest(?))
   OR challenger_audit IN (SELECT unnest(?)) ORDER BY created, id
"""


@dataclass(frozen=True)
class Lineage:
    """facts: of the row itself. came_from: groups in the order of the chain, the nearest last; rests_on_it: the nearest
    first. Empty groups are left out."""

    kind: str
    id: str
    facts: dict[str, Any]
    came_from: tuple[Group, ...]
    rests_on_it: tuple[Group, ...]


def walk(connection: duckdb.DuckDBPyConnection, promotions: Sequence[Promotion], found: Found, limit: int) -> Lineage:
    """Both ways from `found`; `limit` rows of each group are shown."""
    walker = _Walk(connection, promotions, limit)
    facts, up, down = getattr(walker, found.kind)(found.id)
    return Lineage(found.kind, found.id, facts, tuple(g for g in up if g.count), tuple(g for g in down if g.count))


Ways = tuple[dict[str, Any], list[Group], list[Group]]


class _Walk:
    """A method for each kind of row; each gives the row's own facts, the groups above it and those below."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, promotions: Sequence[Promotion], limit: int) -> None:
        self.connection, self.promotions, self.limit = connection, promotions, limit

    def task(self, key: str) -> Ways:
        fields = "id, pack, family, split, type, composition, prompt"
        facts = one(self.connection, f"SELECT {fields} FROM tasks WHERE id = ?", [key]) or {}
        taints = rows(
            self.connection, "SELECT * FROM taints WHERE kind = 'task' AND subject = ? ORDER BY created", [key]
        )
        return {**facts, "taints": taints}, [], self._below(samples.of_task(key), show=True)

    def sample(self, key: str) -> Ways:
        facts = one(self.connection, "SELECT * FROM samples WHERE id = ?", [key]) or {}
        verdict = one(self.connection, "SELECT * FROM verdicts WHERE sample_id = ?", [key])
        earlier = rows(self.connection, "SELECT * FROM verdicts_recalled WHERE sample_id = ? ORDER BY recalled", [key])
        this = samples.one_sample(key)
        up = [this.tasks(self.connection, self.limit), self._writer(str(facts.get("adapter", BASE)))]
        return {**facts, "verdict": verdict, "earlier_verdicts": earlier}, up, self._below(this)

    def dataset(self, key: str) -> Ways:
        found = rows(self.connection, _DATASETS, [[key]])
        return (found[0] if found else {"id": key}), self._above([key], show=False), self._trained([key], show=False)

    def adapter(self, key: str) -> Ways:
        stored = rows(self.connection, _ADAPTERS, [[key], []])
        facts = stored[0] if stored else self._registered(key)
        written = samples.by_adapter(key).group(self.connection, self.limit)
        learned = Group("practised by it", written.count, written.examples, written.facts)
        up = self._above([facts["dataset"]] if facts.get("dataset") else [])
        return facts, up, [*self._measured([key], []), learned]

    def audit(self, key: str) -> Ways:
        found = rows(self.connection, _AUDITS, [[key], []])[0]
        answers = samples.of_audits([key])
        adapters = self._adapters([found["adapter"]])
        up = [
            *self._above(_values(adapters, "dataset")), _group("adapters", adapters, self.limit),
            _renamed("tasks asked", answers.tasks(self.connection, self.limit)),
            _renamed("answers", answers.group(self.connection, self.limit)),
        ]  # fmt: skip
        return found, up, self._decided([key])

    def decision(self, key: str) -> Ways:
        found = rows(self.connection, _DECISIONS, [[key], [], []])[0]
        promoted = [p for p in self.promotions if _pair(found) == p.audits and p.action == "promote"]
        return found, self._judged(found), [self._service(promoted)]

    def promotion(self, key: str) -> Ways:
        found = next(p for p in self.promotions if p.commit == key)
        later = [p for p in self.promotions if p.stage == found.stage]
        facts = {**_shown(found), "manifest": found.manifest}
        return facts, self._promoted(found), [
            _renamed("came after it", self._service(later[later.index(found) + 1 :]))
        ]  # fmt: skip

    def _promoted(self, found: Promotion) -> list[Group]:
        """What a promotion rests on: out of the store, and where it has no row, out of the manifest."""
        decision = found.manifest.get("decision")
        stored = rows(self.connection, _DECISIONS, [[], [found.audits[-1]], [found.audits[-1]]]) if found.audits else []
        same = [row for row in stored if _pair(row) == found.audits]
        if same:
            return [*self._judged(same[0]), _group("decisions", same, self.limit)]
        up = self._above([found.dataset] if found.dataset else [])
        up.append(_group("adapters", self._adapters([found.adapter]), self.limit))
        if decision:
            up.append(_group("decisions", [{"id": None, "of": "the manifest", **decision}], self.limit))
        return up

    def _judged(self, decision: dict[str, Any]) -> list[Group]:
        """Above a decision: the challenger with all it rests on, the champion, and both audits."""
        adapters = self._adapters([decision["challenger"], decision["champion"]])
        own = [row for row in adapters if row["id"] == decision["challenger"]]
        audits = rows(self.connection, _AUDITS, [list(_pair(decision)), []])
        up = self._above(_values(own, "dataset"))
        return [*up, _group("adapters", adapters, self.limit), _group("audits", audits, self.limit)]

    def _above(self, manifests: list[str], *, show: bool = True) -> list[Group]:
        """tasks, who wrote the samples, samples and, with `show`, the datasets themselves."""
        if not manifests:
            return []
        those = samples.of_datasets(manifests)
        up = [
            those.tasks(self.connection, self.limit), those.adapters(self.connection, self.limit),
            those.group(self.connection, self.limit),
        ]  # fmt: skip
        return [*up, self._datasets(manifests)] if show else up

    def _below(self, those: Samples, *, show: bool = False) -> list[Group]:
        """Whatever rests on samples: datasets and what was trained on them, audits that counted them."""
        own = [those.group(self.connection, self.limit)] if show else []
        return [*own, *self._trained(those.datasets(self.connection), those.audits(self.connection))]

    def _trained(self, manifests: list[str], audits: Sequence[str] = (), *, show: bool = True) -> list[Group]:
        adapters = self._adapters([], manifests)
        first = [self._datasets(manifests)] if show else []
        below = self._measured(_values(adapters, "id"), list(audits))
        return [*first, _group("adapters", adapters, self.limit), *below]

    def _measured(self, adapters: list[str], audits: list[str]) -> list[Group]:
        """The audits of these adapters and those given, the decisions on them, and what came into service."""
        found = rows(self.connection, _AUDITS, [audits, adapters])
        return [_group("audits", found, self.limit), *self._decided(_values(found, "id"), adapters)]

    def _decided(self, audits: list[str], adapters: Sequence[str] = ()) -> list[Group]:
        decisions = rows(self.connection, _DECISIONS, [[], audits, audits])
        service = [p for p in self.promotions if p.adapter in adapters or set(p.audits) & set(audits)]
        return [_group("decisions", decisions, self.limit), self._service(service)]

    def _datasets(self, manifests: list[str]) -> Group:
        found = rows(self.connection, _DATASETS, [manifests])
        known = {row["id"] for row in found}
        return _group("datasets", [*found, *({"id": key} for key in manifests if key not in known)], self.limit)

    def _adapters(self, keys: list[str], manifests: Sequence[str] = ()) -> Rows:
        """Those with these ids, or trained on these datasets; the base is none."""
        found = rows(self.connection, _ADAPTERS, [keys, list(manifests)])
        known = {row["id"] for row in found}
        more = {p.adapter for p in self.promotions if p.adapter in keys or (p.dataset and p.dataset in manifests)}
        return [*found, *(self._registered(key) for key in sorted(more - known - {BASE}))]

    def _registered(self, key: str) -> dict[str, Any]:
        """An adapter as the registry's manifest describes it."""
        manifest = next((p.manifest for p in self.promotions if p.adapter == key and p.manifest), {})
        known = {"stage": "stage", "base": "base", "dataset": "dataset", "cycle_id": "cycle"}
        return {"id": key, "of": "the manifest", **{name: manifest.get(place) for name, place in known.items()}}

    def _writer(self, adapter: str) -> Group:
        rows_of = self._adapters([adapter]) if adapter != BASE else []
        return Group("written by", 1, tuple(rows_of or [{"id": adapter}]))

    def _service(self, found: Sequence[Promotion]) -> Group:
        serving = [p.tag for p in found if p.serving]
        return _group("promotions", [_shown(p) for p in found], self.limit, {"in_service": serving} if serving else {})


def _shown(found: Promotion) -> dict[str, Any]:
    return {
        "id": found.commit, "tag": found.tag, "stage": found.stage, "action": found.action, "version": found.version,
        "adapter": found.adapter, "previous": found.previous, "created": found.created,
        "promoted_by": found.promoted_by, "forced_reason": found.forced_reason, "serving": found.serving,
    }  # fmt: skip


def _group(name: str, found: Rows, limit: int, facts: dict[str, Any] | None = None) -> Group:
    return Group(name, len(found), tuple(found[:limit]), facts or {})


def _renamed(name: str, group: Group) -> Group:
    return Group(name, group.count, group.examples, group.facts)


def _values(found: Rows, name: str) -> list[str]:
    return [row[name] for row in found if row.get(name)]


def _pair(decision: dict[str, Any]) -> tuple[str, str]:
    return decision["champion_audit"], decision["challenger_audit"]
