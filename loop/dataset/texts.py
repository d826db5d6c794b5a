"""The texts of the few answers that are left, and the sketches of their code, made once each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loop.dataset.pool import FAILED, FORMAT_ERROR
from loop.dataset.sketch import VERSION, Sketch, sketch
from loop.store.rows import rows

if TYPE_CHECKING:
    import duckdb

REJECTED_LOOKED_AT = 8  # distinct failing answers of a question that are compared with its passing ones

_COLUMNS = """s.id, s.cycle_id, s.completion, s.code, s.code_sha256, s.prompt_sha256, s.label, s.question AS kind,
       s.think_tokens > 0 AS thought, s.completion_tokens"""
_ANSWERS = f"""
SELECT d.question, d.tokens, d.n, {_COLUMNS}
FROM pool_distinct d JOIN samples s ON s.rowid = d.place JOIN verdicts v ON v.sample_id = d.id
WHERE v.kind = 'pass' ORDER BY d.question, d.tokens, d.id
"""
# The failing answers that are likeliest to differ little: of about as many tokens. Unreadable ones come last.
_FAILING = f"""
WITH wanted AS (SELECT unnest($questions) AS question, unnest($tokens) AS tokens),
equal AS (
    SELECT p.question, p.code, min(p.state = {FORMAT_ERROR}) AS unreadable, min(p.tokens) AS tokens,
           min(abs(p.tokens - w.tokens)) AS far
    FROM pool p JOIN wanted w USING (question) WHERE p.state IN ({FAILED}, {FORMAT_ERROR})
    GROUP BY p.question, p.code),
nearest AS (
    SELECT * FROM equal QUALIFY rank() OVER (PARTITION BY question ORDER BY unreadable, far) <= {REJECTED_LOOKED_AT}),
first AS (
    SELECT p.question, p.code, any_value(e.unreadable) AS unreadable, any_value(e.far) AS far, min(s.id) AS id,
           arg_min(p.place, s.id) AS place
    FROM pool p JOIN nearest e ON p.question = e.question AND p.code = e.code AND p.tokens = e.tokens
    JOIN samples s ON s.rowid = p.place GROUP BY p.question, p.code),
chosen AS (
    SELECT * FROM first
    QUALIFY row_number() OVER (PARTITION BY question ORDER BY unreadable, far, id) <= {REJECTED_LOOKED_AT})
SELECT c.question, c.unreadable, {_COLUMNS} FROM chosen c JOIN samples s ON s.rowid = c.place
ORDER BY c.question, c.unreadable, c.far, s.id
"""


@dataclass(frozen=True)
class Answer:
    """One of the distinct answers to a question (of the pool). n: how many are equal to it, itself among them.

    label: None where the oracle decided. kind: of question. thought: whether it began with a thought.
    """

    question: int
    id: str
    cycle_id: str | None
    completion: str
    code: str | None
    code_sha256: str | None
    prompt_sha256: str
    label: str | None
    kind: str
    thought: bool
    tokens: int
    n: int = 1
    unreadable: bool = False


def answers(connection: duckdb.DuckDBPyConnection) -> list[Answer]:
    """The distinct right answers that are looked at, each question's shortest first."""
    return [_answer(row) for row in rows(connection, _ANSWERS)]


def failing(connection: duckdb.DuckDBPyConnection, tokens: dict[int, int]) -> list[Answer]:
    """Distinct wrong answers to these questions, those of about so many tokens first. tokens: question -> tokens."""
    wanted = {"questions": list(tokens), "tokens": list(tokens.values())}
    return [_answer(row) for row in rows(connection, _FAILING, wanted)] if tokens else []


def _answer(row: dict[str, Any]) -> Answer:
    tokens = row.pop("completion_tokens")
    return Answer(**{**row, "tokens": tokens})


def prompts(connection: duckdb.DuckDBPyConnection, sha256s: Iterable[str]) -> dict[str, str]:
    """Rendered prompts by their hashes, of those that the store has."""
    sql = "SELECT sha256, text FROM prompts WHERE sha256 IN (SELECT unnest(?))"
    return dict(connection.execute(sql, [sorted(set(sha256s))]).fetchall())


class Sketches:
    """Sketches of code, those that the store has and those that are made now."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._known: dict[str, Sketch] = {}
        self._made: dict[str, Sketch] = {}

    def load(self, wanted: Sequence[Answer]) -> None:
        """Those of these answers that the store has."""
        codes = sorted({answer.code_sha256 for answer in wanted if answer.code_sha256 and answer.label is None})
        found = self._connection.execute(
            "SELECT code_sha256, tree_sha256, bands FROM sketches"
            " WHERE version = ? AND code_sha256 IN (SELECT unnest(?))",
            [VERSION, codes],
        ).fetchall()
        self._known |= {key: Sketch(key, tree, tuple(bands)) for key, tree, bands in found}

    def of(self, answer: Answer) -> Sketch:
        """Of an answer that has code."""
        assert answer.code is not None and answer.code_sha256 is not None
        if answer.code_sha256 not in self._known:
            self._known[answer.code_sha256] = self._made[answer.code_sha256] = sketch(answer.code, answer.code_sha256)
        return self._known[answer.code_sha256]

    def rows(self) -> list[dict[str, Any]]:
        """What the store does not have yet, as its rows."""
        return [
            {"code_sha256": key, "version": VERSION, "tree_sha256": made.tree, "bands": list(made.bands)}
            for key, made in sorted(self._made.items())
        ]
