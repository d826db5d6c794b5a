"""What was found of a task, kept on disk: a second check of the same tasks with the same code takes no time."""

from __future__ import annotations

import functools
import hashlib
import json
import sqlite3
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from evaluators.errors import EvaluatorError


@dataclass(frozen=True)
class Checked:
    """One task. problems: one sentence each; none: it is fit.

    mutation_score: killed of the mutants that are not equivalent; None where there are none. survivors: descriptions of
    mutants that the hidden cases miss.
    """

    type: str
    problems: tuple[str, ...] = ()
    mutation_score: float | None = None
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    same_code: int = 0
    survivors: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems

    def with_problem(self, problem: str) -> Checked:
        return replace(self, problems=(*self.problems, problem))


class Results:
    """One SQLite file, shared by threads. Keys that other code made are never met again."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._lock = path, threading.Lock()
        try:
            self._db = sqlite3.connect(path, timeout=30.0, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.execute("CREATE TABLE IF NOT EXISTS checked (key TEXT PRIMARY KEY, found TEXT) WITHOUT ROWID")
        except sqlite3.DatabaseError as error:
            raise EvaluatorError(f"{path} cannot be used: {error}", fix=f"delete {path}") from error

    def get(self, key: str) -> Checked | None:
        with self._lock:
            row = self._db.execute("SELECT found FROM checked WHERE key=?", (_full(key),)).fetchone()
        if row is None:
            return None
        found = json.loads(row[0])
        return Checked(**{**found, "problems": tuple(found["problems"]), "survivors": tuple(found["survivors"])})

    def keep(self, key: str, found: Checked) -> None:
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO checked VALUES (?, ?)", (_full(key), json.dumps(asdict(found))))

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _full(key: str) -> str:
    return f"{key}|{gate_code()}"


@functools.cache
def gate_code() -> str:
    """Hash of the gate's own code."""
    here = Path(__file__).parent
    files = sorted(p for p in here.rglob("*") if p.suffix in (".py", ".c"))
    return hashlib.sha256(b"".join(p.name.encode() + p.read_bytes() for p in files)).hexdigest()
