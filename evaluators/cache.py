"""Verdicts and reference observations kept on disk by content: audits grade the champion's same answers again."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path

from evaluators.box.observation import Observation
from evaluators.errors import EvaluatorError
from evaluators.verdict import Kind, Verdict

_SCHEMA = """
CREATE TABLE IF NOT EXISTS verdict (oracle TEXT, source TEXT, tier TEXT, kind TEXT, evidence TEXT,
    passed INT, total INT, PRIMARY KEY (oracle, source, tier)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS expected (oracle TEXT PRIMARY KEY, observations TEXT, cpu REAL) WITHOUT ROWID;
"""
_BUSY_SECONDS = 30.0


class VerdictCache:
    """One SQLite file, shared by threads and processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise self._fault(error) from error

    def verdict(self, oracle: str, source: str, tier: str) -> Verdict | None:
        """The kept verdict, with `seconds` 0. `source` is the hash of the normalised source."""
        rows = self._run(
            "SELECT kind, evidence, passed, total FROM verdict WHERE oracle=? AND source=? AND tier=?",
            oracle,
            source,
            tier,
        )
        if not rows:
            return None
        kind, evidence, passed, total = rows[0]
        return Verdict(Kind(str(kind)), str(evidence), tier, oracle, 0.0, int(str(passed)), int(str(total)))

    def keep(self, source: str, verdict: Verdict) -> None:
        """Keep a verdict that another run would give again."""
        self._run(
            "INSERT OR REPLACE INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(verdict.oracle, source, verdict.tier, verdict.kind.value, verdict.evidence),
            *(verdict.cases_passed, verdict.cases_total),
        )

    def expected(self, oracle: str) -> tuple[list[Observation], float] | None:
        """The reference's observations and the CPU seconds of its calls."""
        rows = self._run("SELECT observations, cpu FROM expected WHERE oracle=?", oracle)
        if not rows:
            return None
        packed = json.loads(str(rows[0][0]))
        kept = [Observation(bytes.fromhex(r), tuple(bytes.fromhex(b) for b in buffers)) for r, buffers in packed]
        return kept, float(str(rows[0][1]))

    def keep_expected(self, oracle: str, observations: list[Observation], cpu: float) -> None:
        packed = json.dumps([[o.returned.hex(), [b.hex() for b in o.buffers]] for o in observations])
        self._run("INSERT OR REPLACE INTO expected VALUES (?, ?, ?)", oracle, packed, cpu)

    def forget_verdicts(self) -> None:
        """Everything is graded again; what the references showed stays."""
        self._run("DELETE FROM verdict")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _run(self, query: str, *values: object) -> list[tuple[object, ...]]:
        try:
            with self._lock:
                return self._db.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._fault(error) from error

    def _fault(self, error: sqlite3.DatabaseError) -> EvaluatorError:
        return EvaluatorError(f"the verdict cache {self._path} cannot be used: {error}", fix=f"delete {self._path}")
