"""A store of any size that looks like one that ran for months: what `loop bench store` measures on.

Questions are those of the kata pack, functions and projects, with their prompts and solutions as they are. Answers are
variants of a solution, right and wrong ones; three in ten are of their own: two with other names, one with other code.
A question has its own share of right answers, from never to always. Every answer is one that harvesting has to look at.
(Hashes of code are of its text, not of its tokens: nothing here depends on which.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from loop.inference.chat import render_prompt
from loop.store import write
from loop.tasks.pack import load_pack
from loop.tasks.task import Task

if TYPE_CHECKING:
    import duckdb
    import pyarrow

    from loop.store.db import Store

BASE = "0" * 64
PER_CYCLE, PER_QUESTION = 50_000, 6  # answers of a cycle, and of a question in it
_RIGHT = ("{}", "/* as asked */\n{}", "{}\n", "static int unused;\n{}", "{}\nenum {{ DONE }};\n")
_WRONG = ((" < ", " <= "), (" + ", " - "), ("= 0;", "= 1;"), ("return ", "return 1 + "), ("++", "--"), (" > ", " >= "))

# u: a number in [0, 1) for each thing that is drawn
_DRAW = f"""
WITH numbers AS (
    SELECT i, (i // {PER_QUESTION}) % $questions AS asked, i // {PER_CYCLE} AS cycle, i % {PER_QUESTION} AS idx,
           [(hash(i * 16 + j) >> 11) / 9007199254740992 FOR j IN range(6)] AS u
    FROM range($first, $last) t(i)),
drawn AS (
    SELECT *, u[1] < 1.5 * ((hash(asked) >> 11) / 9007199254740992) - 0.25 AS is_right,
           CASE WHEN u[2] < 0.2 THEN 'renamed' WHEN u[2] < 0.3 THEN 'other' ELSE '' END AS own
    FROM numbers),
answered AS (
    SELECT d.*, v.task_id, v.prompt_sha256, v.prompt_tokens,
           CASE own WHEN 'renamed' THEN v.code || chr(10) || 'static int n' || i || ';'
                    WHEN 'other' THEN v.code || chr(10) || 'static int n = ' || i || ';' ELSE v.code END AS code
    FROM drawn d JOIN variants v
      ON v.number = d.asked AND v.is_right = d.is_right AND v.variant = floor(u[3] * u[3] * v.variants))
SELECT sha256(i::VARCHAR)[1:32] AS id, 'practice' AS purpose, 'c' || lpad((cycle + 1)::VARCHAR, 4, '0') ||
       '-implementation' AS cycle_id, NULL::VARCHAR AS audit_id, task_id, idx::INTEGER AS idx,
       CASE WHEN cycle = 0 THEN 'base' ELSE sha256(cycle::VARCHAR) END AS adapter, '{BASE}' AS base_sha256,
       prompt_sha256, 0.8::DOUBLE AS temperature, (hash(i) >> 1)::BIGINT AS seed,
       '```c' || chr(10) || code || chr(10) || '```' AS completion, code, sha256(code) AS code_sha256,
       prompt_tokens, (length(code) // 2)::INTEGER AS completion_tokens,
       CASE WHEN u[4] < 0.01 THEN 'length' ELSE 'stop' END AS finish,
       to_timestamp(1767225600 + 86400 * cycle) AS created, 'implementation' AS stage, task_id AS call_id,
       '' AS question, '' AS item, sha256((i // 6)::VARCHAR)[1:16] AS trajectory, NULL::VARCHAR AS label,
       '' AS positive, 0::INTEGER AS think_tokens, u[5] AS seconds,
       CASE WHEN is_right THEN 'pass' WHEN u[6] < 0.75 THEN 'wrong_answer' WHEN u[6] < 0.85 THEN 'compile_error'
            WHEN u[6] < 0.92 THEN 'format_error' WHEN u[6] < 0.96 THEN 'sanitizer' WHEN u[6] < 0.99 THEN 'timeout'
            ELSE 'infra' END AS kind,
       CASE WHEN u[4] > 0.99 THEN 'weak' ELSE 'strong' END AS tier
FROM answered ORDER BY i
"""
_VERDICT = ("kind", "tier")


class Answers:
    """The answers by number, as Arrow tables; made in a database of its own in memory."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        import duckdb
        import pyarrow

        practised = [task for task in tasks if task.split == "practice"]
        self.questions = len(practised)
        self.prompts = {_digest(text): text for text in (render_prompt(task.prompt) for task in practised)}
        self._connection = duckdb.connect(":memory:", config={"memory_limit": "2GB"})
        rows = [row for number, task in enumerate(practised) for row in _variants(number, task)]
        self._connection.register("rows", pyarrow.Table.from_pylist(rows))
        self._connection.execute("CREATE TABLE variants AS FROM rows")

    def tables(self, first: int, last: int) -> tuple[pyarrow.Table, pyarrow.Table]:
        """Samples and their verdicts of the answers `first` to `last` - 1."""
        import pyarrow

        numbers = {"questions": self.questions, "first": first, "last": last}
        found = self._connection.sql(_DRAW, params=numbers).to_arrow_table()
        n, samples = len(found), found.drop_columns(list(_VERDICT))
        verdicts = pyarrow.table(
            {"sample_id": found["id"], "kind": found["kind"], "tier": found["tier"], "graded": found["created"],
             "evidence": ["case 3: it returned 4, and 5 is right"] * n, "oracle": [BASE] * n, "seconds": [0.03] * n,
             "cases_passed": [24] * n, "cases_total": [24] * n, "oracle_class": ["A"] * n}
        )  # fmt: skip
        return samples, verdicts

    def rows(self, first: int, last: int) -> list[dict[str, Any]]:
        """The same as `write.insert_graded` takes them from whoever grades."""
        samples, verdicts = self.tables(first, last)
        return [
            {"sample": {**s, "created": str(s["created"])}, "verdict": {**v, "graded": str(v["graded"])},
             "prompt": self.prompts[s["prompt_sha256"]]}
            for s, v in zip(samples.to_pylist(), verdicts.to_pylist(), strict=True)
        ]  # fmt: skip


def begin(store: Store, tasks: Sequence[Task], answers: int) -> None:
    """What answers refer to: tasks, and the cycles in which so many of them were given."""
    cycles = [
        {"id": f"c{i + 1:04d}-implementation", "number": i + 1, "seed": 1, "settings_sha256": BASE, "state": "finished",
         "step": "promote", "champion": "base"}
        for i in range(answers // PER_CYCLE + 1)
    ]  # fmt: skip
    with store.write() as connection:
        write.insert_tasks(connection, tasks)
        write.insert(connection, "cycles", cycles)


def tasks() -> tuple[Task, ...]:
    return load_pack("kata").tasks


def references(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Solutions of the held-out tasks."""
    sql = "SELECT id, spec->>'reference' FROM tasks WHERE split <> 'practice' AND spec->>'reference' IS NOT NULL"
    return dict(connection.execute(sql).fetchall())


def _variants(number: int, task: Task) -> list[dict[str, Any]]:
    text = str(getattr(task.spec, "reference", ""))
    right = [form.format(text) for form in _RIGHT]
    wrong = [text.replace(old, new, 1) for old, new in _WRONG if old in text] or [text + "\n#error\n"]
    rendered = render_prompt(task.prompt)
    facts = {
        "task_id": task.id,
        "number": number,
        "prompt_sha256": _digest(rendered),
        "prompt_tokens": len(rendered) // 3,
    }
    return [
        {**facts, "is_right": good, "variants": len(codes), "variant": i, "code": code}
        for good, codes in ((True, right), (False, wrong))
        for i, code in enumerate(codes)
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
