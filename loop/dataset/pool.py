"""The pool: every graded answer that a stage could learn from, as a few numbers each, counted and grouped in SQL.

A store of ten million answers holds gigabytes of text. Everything here works on a temporary table of numbers, a row an
answer; texts are fetched for the few that are left (`loop.dataset.texts`). Ids and hashes of code are grouped by 64-bit
hashes of theirs: that two of ten million meet has a chance of 3 in a million, and would miscount one answer, since what
is kept is looked up by its row, and its verdict by its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loop.store.ask_taints import EXCLUDED
from loop.store.rows import rows

if TYPE_CHECKING:
    import duckdb

    from loop.dataset.policy import Policy

# What an answer is, before it is compared with others; the first that applies. SOUND is worth learning so far, USABLE
# ones may be the rejected half of a pair.
SOUND, FAILED, FORMAT_ERROR, INFRA, UNLABELLED, UNTRUSTED, CUT_OFF, UNUSABLE, UNREADABLE = range(9)
REASON = {
    FAILED: "failed", UNUSABLE: "failed", FORMAT_ERROR: "format_error", UNREADABLE: "format_error", INFRA: "infra",
    UNLABELLED: "unlabelled", UNTRUSTED: "untrusted_sandbox", CUT_OFF: "cut_off",
}  # fmt: skip
LATER = 1 << 24  # tokens by which an answer without a thought comes after those that have one, where a stage thinks

_CYCLES = """
CREATE OR REPLACE TEMP TABLE pool_cycles AS
SELECT p.cycle_id AS id, row_number() OVER (ORDER BY coalesce(c.number, -1), c.started, p.cycle_id) AS age
FROM (SELECT DISTINCT cycle_id FROM samples WHERE purpose = 'practice' AND stage = $stage AND cycle_id IS NOT NULL) p
LEFT JOIN cycles c ON c.id = p.cycle_id
"""
# hash(): the join of two long tables by 8 bytes instead of 32 takes half the time and memory
_POOL = f"""
CREATE OR REPLACE TEMP TABLE pool AS
SELECT s.place, s.question, coalesce(c.age, 0)::USMALLINT AS age, s.code, s.tokens, s.own,
       CASE WHEN v.state = {SOUND} AND s.cut THEN {CUT_OFF} WHEN v.state = {FAILED} AND s.cut THEN {UNUSABLE}
            WHEN v.state = {FORMAT_ERROR} AND s.cut THEN {UNREADABLE} ELSE v.state END::UTINYINT AS state
FROM (SELECT hash(id) AS id, rowid AS place, hash(task_id, call_id) AS question, cycle_id,
             hash(CASE WHEN $together THEN coalesce(code_sha256, id) ELSE id END) AS code,
             completion_tokens + CASE WHEN $thinking AND think_tokens = 0 THEN {LATER} ELSE 0 END AS tokens,
             finish <> 'stop' AS cut, source = 'own' AS own
      FROM samples
      WHERE stage = $stage AND ((purpose = 'practice' AND source = 'own' AND base_sha256 = $base)
            OR (source <> 'own' AND purpose NOT IN ('audit', 'honeypot', 'chain')))) s
JOIN (SELECT hash(sample_id) AS id,
             CASE WHEN kind = 'infra' THEN {INFRA} WHEN kind = 'unlabelled' THEN {UNLABELLED}
                  WHEN kind = 'format_error' THEN {FORMAT_ERROR}
                  WHEN kind <> 'pass' AND (tier = '' OR list_contains($trusted, tier)) THEN {FAILED}
                  WHEN kind <> 'pass' THEN {UNUSABLE}
                  WHEN tier <> '' AND NOT list_contains($trusted, tier) THEN {UNTRUSTED}  -- '': nothing was executed
                  ELSE {SOUND} END AS state
      FROM verdicts) v ON v.id = s.id
LEFT JOIN pool_cycles c ON c.id = s.cycle_id
"""
_QUESTIONS = f"""
CREATE OR REPLACE TEMP TABLE pool_questions AS
WITH tried AS (
    SELECT question, age, count(*) AS attempts,
           count(*) FILTER (state IN ({SOUND}, {UNTRUSTED}, {CUT_OFF})) AS passes
    FROM pool WHERE own AND state NOT IN ({INFRA}, {UNLABELLED}) GROUP BY question, age),
practised AS (
    SELECT question, max(age) AS latest, arg_max(passes, age) = arg_max(attempts, age) AS mastered,
           sum(passes) > 0 AS solved
    FROM tried GROUP BY question),
one AS (SELECT question, min(place) AS place FROM pool GROUP BY question)
SELECT o.question, t.id AS task_id, s.call_id, t.family, s.label IS NOT NULL AS judged, p.latest,
       x.subject IS NOT NULL AS tainted,
       x.subject IS NOT NULL OR t.split <> 'practice' OR list_contains($held, t.id) AS held,  -- nothing is kept of it
       coalesce(p.mastered, false) AS mastered, coalesce(p.solved, false) AS solved
FROM one o LEFT JOIN practised p ON p.question = o.question JOIN samples s ON s.rowid = o.place
JOIN tasks t ON t.id = s.task_id LEFT JOIN ({EXCLUDED}) x ON x.subject = t.id
"""
_TALLY = """
SELECT p.state, q.held, q.tainted, count(*) AS n FROM pool p JOIN pool_questions q USING (question) GROUP BY ALL
"""
# Equal answers to one question are one: that with the fewest tokens, the first by id of several. Ids are read only of
# the shortest few of a question.
_EQUAL = f"""
CREATE OR REPLACE TEMP TABLE pool_equal AS
SELECT p.question, p.code, min(p.tokens) AS tokens, count(*) AS n
FROM pool p SEMI JOIN (FROM pool_questions WHERE NOT held) USING (question)
WHERE p.state = {SOUND} GROUP BY p.question, p.code
"""
_DISTINCT = f"""
CREATE OR REPLACE TEMP TABLE pool_distinct AS
WITH shortest AS (SELECT * FROM pool_equal QUALIFY rank() OVER (PARTITION BY question ORDER BY tokens) <= $looked_at),
first AS (
    SELECT p.question, p.code, any_value(p.tokens) AS tokens, any_value(e.n) AS n, min(s.id) AS id,
           arg_min(p.place, s.id) AS place, arg_min(p.age, s.id) AS age
    FROM pool p JOIN shortest e ON p.question = e.question AND p.code = e.code AND p.tokens = e.tokens
    JOIN samples s ON s.rowid = p.place
    WHERE p.state = {SOUND} GROUP BY p.question, p.code)
SELECT * FROM first QUALIFY row_number() OVER (PARTITION BY question ORDER BY tokens, id) <= $looked_at
"""


@dataclass(frozen=True)
class Pool:
    """What is in it. candidates: graded answers. counters: reason -> answers, of those that are out already; with
    `sound` answers, of which `distinct` differ, they sum to the candidates."""

    candidates: int
    counters: dict[str, int]
    sound: int
    distinct: int


def gather(
    connection: duckdb.DuckDBPyConnection, stage: str, base_sha256: str, policy: Policy, held: Sequence[str],
    trusted: Sequence[str],
) -> Pool:  # fmt: skip
    """Makes the temporary tables `pool`, `pool_questions` and `pool_distinct` of the connection, and counts.

    held: ids of held-out tasks, beside those that the store has. trusted: the tiers of sandbox that are believed.
    """
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(_CYCLES, {"stage": stage})
    connection.execute(
        _POOL,
        {"stage": stage, "base": base_sha256, "trusted": list(trusted), "thinking": policy.thinking,
         "together": policy.near_duplicate > 0},
    )  # fmt: skip
    connection.execute(_QUESTIONS, {"held": list(held)})
    connection.execute(_EQUAL)
    connection.execute(_DISTINCT, {"looked_at": looked_at(policy)})
    counters: dict[str, int] = {}
    for row in rows(connection, _TALLY):
        reason = "tainted_task" if row["tainted"] else REASON.get(row["state"], "held_out_task" if row["held"] else "")
        counters[reason] = counters.get(reason, 0) + row["n"]
    sound = counters.pop("", 0)
    distinct = connection.execute("SELECT count(*) FROM pool_equal").fetchall()[0][0]
    return Pool(sum(counters.values()) + sound, counters, sound, distinct)


def looked_at(policy: Policy) -> int:
    """How many distinct answers of one question are looked at, the shortest: eight for one that may be kept."""
    return 8 * policy.per_task if policy.per_task else 1 << 40


def questions(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The practised questions that are not held out, by task and call."""
    return rows(connection, "SELECT * FROM pool_questions WHERE NOT held ORDER BY task_id, call_id")
