"""Sets of samples that are never held: a condition on `samples`, and what can be counted of those that meet it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loop.store.rows import Rows, rows

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Group:
    """Rows of one kind. count: all of them; examples: the first few, ids in full. facts: counts by what they are."""

    name: str
    count: int
    examples: tuple[dict[str, Any], ...]
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Samples:
    """Those rows of `samples s` that meet `where`, whose parameters are `arguments`."""

    where: str
    arguments: dict[str, Any]

    def group(self, connection: duckdb.DuckDBPyConnection, limit: int) -> Group:
        """The samples, counted by purpose and by verdict."""
        counted = rows(
            connection,
            "SELECT s.purpose, coalesce(v.kind, 'not graded') AS kind, count(*) AS n"
            f" FROM samples s LEFT JOIN verdicts v ON v.sample_id = s.id WHERE {self.where} GROUP BY ALL ORDER BY ALL",
            self.arguments,
        )
        examples = rows(
            connection,
            "SELECT s.id, s.task_id, s.stage, s.purpose, s.idx, s.adapter, s.source, s.cycle_id, s.audit_id, v.kind,"
            " v.evidence, v.tier, v.oracle, v.oracle_class FROM"
            f" (SELECT * FROM samples s WHERE {self.where} ORDER BY s.id LIMIT {limit}) s"
            " LEFT JOIN verdicts v ON v.sample_id = s.id ORDER BY s.id",
            self.arguments,
        )
        facts = {"purposes": _summed(counted, "purpose"), "verdicts": _summed(counted, "kind")}
        return Group("samples", sum(row["n"] for row in counted), tuple(examples), facts)

    def tasks(self, connection: duckdb.DuckDBPyConnection, limit: int) -> Group:
        """The tasks that they answer."""
        found = rows(
            connection,
            "SELECT t.id, t.pack, t.family, t.split, t.type, a.samples, count(*) OVER () AS n FROM"
            f" (SELECT s.task_id, count(*) AS samples FROM samples s WHERE {self.where} GROUP BY s.task_id) a"
            f" JOIN tasks t ON t.id = a.task_id ORDER BY t.id LIMIT {limit}",
            self.arguments,
        )
        return _counted("tasks", found)

    def adapters(self, connection: duckdb.DuckDBPyConnection, limit: int) -> Group:
        """Who wrote them: an adapter's sha256, "base", "teacher" or "agent"."""
        found = rows(
            connection,
            f"SELECT s.adapter AS id, count(*) AS samples, count(*) OVER () AS n FROM samples s WHERE {self.where}"
            f" GROUP BY s.adapter ORDER BY s.adapter LIMIT {limit}",
            self.arguments,
        )
        return _counted("written by", found)

    def datasets(self, connection: duckdb.DuckDBPyConnection) -> list[str]:
        """The training sets that have a row of theirs."""
        return self._ids(connection, "SELECT DISTINCT manifest FROM dataset_rows WHERE sample_id IN", "s.id")

    def audits(self, connection: duckdb.DuckDBPyConnection) -> list[str]:
        """The audits that they belong to."""
        return self._ids(connection, "SELECT id FROM audits WHERE id IN", "s.audit_id")

    def _ids(self, connection: duckdb.DuckDBPyConnection, query: str, column: str) -> list[str]:
        found = connection.execute(f"{query} (SELECT {column} FROM samples s WHERE {self.where})", self.arguments)
        return sorted(key for (key,) in found.fetchall())


def of_datasets(manifests: Sequence[str]) -> Samples:
    """Those that rows of these training sets rest on."""
    members = "SELECT sample_id FROM dataset_rows WHERE manifest IN (SELECT unnest($keys))"
    return Samples(f"s.id IN ({members})", {"keys": list(manifests)})


def of_audits(audits: Sequence[str]) -> Samples:
    return Samples("s.audit_id IN (SELECT unnest($keys))", {"keys": list(audits)})


def of_task(task: str) -> Samples:
    return Samples("s.task_id = $key", {"key": task})


def by_adapter(adapter: str) -> Samples:
    """What it wrote in practice: what its successors learn from."""
    return Samples("s.adapter = $key AND s.purpose = 'practice'", {"key": adapter})


def one_sample(key: str) -> Samples:
    return Samples("s.id = $key", {"key": key})


def _summed(counted: Rows, name: str) -> dict[str, int]:
    out: dict[str, int] = {}
    for row in counted:
        out[row[name]] = out.get(row[name], 0) + row["n"]
    return out


def _counted(name: str, found: Rows) -> Group:
    count = found[0]["n"] if found else 0
    return Group(name, count, tuple({key: value for key, value in row.items() if key != "n"} for row in found))
