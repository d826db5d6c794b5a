"""A training set out of the store: the rows, and every candidate under the one reason why it is there or is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loop.dataset import prompts as questions_to_ask
from loop.dataset.choose import Chosen, Removed, choose
from loop.dataset.contamination import HeldOut
from loop.dataset.pairs import Paired, pair
from loop.dataset.policy import Policy
from loop.dataset.pool import Pool, gather, questions
from loop.dataset.shares import Row, fair
from loop.dataset.texts import Answer, Sketches, answers, failing, prompts
from loop.inference.chat import render_completion, render_prompt
from loop.training.examples import Asked, Example, Pair

if TYPE_CHECKING:
    import duckdb

EXPLAINED = {
    "kept": "in the training set",
    "tainted_task": "answers a task that stands as wrong (loop taint --exclude)",
    "failed": "wrong, does not compile, runs into an error",
    "format_error": "could not be read",
    "infra": "could not be graded",
    "unlabelled": "either answer is right",
    "untrusted_sandbox": "passed where nothing is believed (weak sandbox)",
    "cut_off": "ran out of tokens",
    "held_out_task": "answers a task of the audit or the vault",
    "duplicate": "equal to another answer to its question",
    "contaminated": "coincides with a held-out solution, whatever it answers",
    "near_duplicate": "differs too little from a kept answer to its question",
    "over_cap": "its question has enough shorter ones (harvest.per_task)",
    "over_family_cap": "its family has enough (harvest.per_family)",
    "over_cycle_cap": "its cycle has enough (harvest.per_cycle)",
    "mastered": "its question is solved at every attempt, beyond harvest.replay",
    "reasoning": "has no thought, beyond 1 - harvest.reasoning",
    "class_balance": "its label has enough (harvest.balance)",
    "unpaired": "has no wrong answer to stand beside (dpo)",
    "rejected": "the wrong half of a pair (dpo)",
    "stale_question": "the stage asks it no more (grpo)",
}
"""What becomes of a candidate, in the order in which it is asked; the first that applies counts. docs/dataset.md."""
REASONS = tuple(reason for reason in EXPLAINED if reason != "kept")


@dataclass(frozen=True)
class Selection:
    """rows: in the order of the file. lineage: (role, sample id) of each sample that a row rests on, in that order.

    candidates: graded answers, or questions where prompts are chosen; `counters` sum to them. sketches: rows for the
    store, of code that had none. source_cycles, families: of what is kept; families by name -> rows.
    """

    rows: list[Example | Pair | Asked]
    lineage: list[tuple[str, str]]
    candidates: int
    counters: dict[str, int]
    removed: list[Removed]
    sketches: list[dict[str, Any]]
    source_cycles: tuple[str, ...]
    families: dict[str, int]

    @property
    def tasks(self) -> int:
        return len({row.task_id for row in self.rows})


def select(
    connection: duckdb.DuckDBPyConnection, stage: str, base_sha256: str, policy: Policy, *,
    references: Mapping[str, str], held: Sequence[str], trusted: Sequence[str],
) -> Selection:  # fmt: skip
    """What `policy` chooses for a stage on a base. references: held-out task -> its solution. held: ids of held-out
    tasks, beside those of the store. trusted: tiers of sandbox that are believed.

    The connection gets temporary tables (`loop.dataset.pool`) and is otherwise only read.
    """
    pool = gather(connection, stage, base_sha256, policy, held, trusted)
    if policy.method == "grpo":
        return _prompts(connection, policy)
    return _answers(connection, policy, pool, HeldOut(references, policy.contamination))


def _prompts(connection: duckdb.DuckDBPyConnection, policy: Policy) -> Selection:
    found, out = questions_to_ask.asked(connection, policy)
    found = sorted(found, key=lambda pair: (pair[1]["task_id"], pair[1]["call_id"]))
    cycles = dict(connection.execute("SELECT age, id FROM pool_cycles").fetchall())
    return Selection(
        rows=[row for row, _ in found],
        lineage=[("prompt", row.sample_id) for row, _ in found],
        candidates=len(found) + sum(out.values()),
        counters=_counters(len(found), out),
        removed=[],
        sketches=[],
        source_cycles=tuple(sorted({cycles[facts["latest"]] for _, facts in found if facts["latest"] in cycles})),
        families=dict(sorted(Counter(facts["family"] for _, facts in found).items())),
    )


def _answers(connection: duckdb.DuckDBPyConnection, policy: Policy, pool: Pool, held_out: HeldOut) -> Selection:
    facts = {row["question"]: row for row in questions(connection)}
    looked_at = answers(connection)
    sketches = Sketches(connection)
    sketches.load(looked_at)
    chosen = choose(looked_at, list(facts.values()), policy, sketches, held_out)
    out = Counter(pool.counters) + chosen.counters
    out["duplicate"] += pool.sound - pool.distinct - sum(answer.n - 1 for answer in looked_at)
    out["over_cap"] += pool.distinct - len(looked_at)  # beyond the shortest ones of their questions
    paired = _paired(connection, policy, chosen, facts, sketches, held_out)
    kept, more = _fair(chosen, policy, facts, paired)
    out += more
    stay = {answer.id for answer in kept}
    pairs = [(right, wrong) for right, wrong in paired.pairs if right.id in stay]
    for _, wrong in pairs:
        out["format_error" if wrong.unreadable else "failed"] -= 1
        out["rejected"] += 1
    order = {answer.id: i for i, answer in enumerate(_ordered(kept, facts))}
    kept.sort(key=lambda answer: order[answer.id])
    pairs.sort(key=lambda pair: (order[pair[0].id], pair[1].id))
    rows, lineage = _rows(connection, policy, kept, pairs, facts)
    return Selection(
        rows=rows,
        lineage=lineage,
        candidates=pool.candidates,
        counters=_counters(len(kept), out),
        removed=[*chosen.removed, *paired.removed],
        sketches=sketches.rows(),
        source_cycles=tuple(sorted({answer.cycle_id for answer in kept if answer.cycle_id})),
        families=dict(sorted(Counter(facts[answer.question]["family"] for answer in kept).items())),
    )


def _paired(
    connection: duckdb.DuckDBPyConnection, policy: Policy, chosen: Chosen, facts: Mapping[int, Mapping[str, Any]],
    sketches: Sketches, held_out: HeldOut,
) -> Paired:  # fmt: skip
    if policy.method not in ("dpo", "sft+dpo"):
        return Paired([], [])
    tokens: dict[int, int] = {}
    for answer in chosen.kept:
        tokens[answer.question] = min(answer.tokens, tokens.get(answer.question, answer.tokens))
    wrong = failing(connection, tokens)
    task_of = {number: row["task_id"] for number, row in facts.items()}
    sketches.load(wrong)
    return pair(chosen.kept, wrong, policy, sketches, held_out, task_of)


def _fair(
    chosen: Chosen, policy: Policy, facts: Mapping[int, Mapping[str, Any]], paired: Paired
) -> tuple[list[Answer], Counter[str]]:
    """The kept answers that shares leave; with pairs alone, of those that have one."""
    kept, out = chosen.kept, Counter[str]()
    if policy.method == "dpo":
        able = {right.id for right, _ in paired.pairs}
        out["unpaired"] = sum(answer.id not in able for answer in kept)
        kept = [answer for answer in kept if answer.id in able]
    as_rows = [
        Row(answer.id, q["task_id"], q["mastered"], answer.thought, answer.label, answer.kind)
        for answer in kept
        for q in (facts[answer.question],)
    ]
    left, more = fair(as_rows, policy, chosen.mastered)
    stay = {row.id for row in left}
    return [answer for answer in kept if answer.id in stay], out + more


def _ordered(kept: Sequence[Answer], facts: Mapping[int, Mapping[str, Any]]) -> list[Answer]:
    """By question, the shortest first."""
    return sorted(kept, key=lambda a: (facts[a.question]["task_id"], facts[a.question]["call_id"], a.tokens, a.id))


def _rows(
    connection: duckdb.DuckDBPyConnection, policy: Policy, kept: Sequence[Answer],
    pairs: Sequence[tuple[Answer, Answer]], facts: Mapping[int, Mapping[str, Any]],
) -> tuple[list[Example | Pair | Asked], list[tuple[str, str]]]:  # fmt: skip
    rendered = _rendered(connection, kept, facts)
    rows: list[Example | Pair | Asked] = []
    lineage: list[tuple[str, str]] = []
    if policy.method in ("sft", "sft+dpo"):
        for answer in kept:
            task_id = facts[answer.question]["task_id"]
            rows.append(Example(rendered[answer.id], render_completion(answer.completion), answer.id, task_id))
            lineage.append(("example", answer.id))
    for right, wrong in pairs:
        rows.append(
            Pair(
                rendered[right.id], render_completion(right.completion), render_completion(wrong.completion), right.id,
                wrong.id, facts[right.question]["task_id"],
            )
        )  # fmt: skip
        lineage += [("chosen", right.id), ("rejected", wrong.id)]
    return rows, lineage


def _rendered(
    connection: duckdb.DuckDBPyConnection, kept: Sequence[Answer], facts: Mapping[int, Mapping[str, Any]]
) -> dict[str, str]:
    """Answer's id -> its prompt as the model saw it."""
    known = prompts(connection, (answer.prompt_sha256 for answer in kept))
    old = {facts[answer.question]["task_id"] for answer in kept if answer.prompt_sha256 not in known}
    # stores older than the table of prompts asked functions alone, in their own words
    words = dict(
        connection.execute("SELECT id, prompt FROM tasks WHERE id IN (SELECT unnest(?))", [sorted(old)]).fetchall()
    )
    return {
        answer.id: known.get(answer.prompt_sha256) or render_prompt(words[facts[answer.question]["task_id"]])
        for answer in kept
    }


def _counters(kept: int, out: Mapping[str, int]) -> dict[str, int]:
    assert not set(out) - set(REASONS), set(out) - set(REASONS)
    return {"kept": kept, **{reason: out.get(reason, 0) for reason in REASONS}}
