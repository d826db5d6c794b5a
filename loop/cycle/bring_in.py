"""Bringing in: completions that a teacher or an agent wrote become graded samples of practice, marked as what they are.

Nobody's word is taken for it: each is read as strictly and graded by the same oracle, or label, as our model's own.
What was brought in belongs to no cycle. Every record is counted under one reason; the same file again adds nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from loop.cycle.answers import Answer
from loop.cycle.freeze import require_unfrozen
from loop.cycle.grading import oracle_seed
from loop.cycle.lock import hold
from loop.cycle.placing import Placed, Questions, Tasks, Unplaced
from loop.cycle.records import ImportReport
from loop.cycle.sample import judge_all
from loop.cycle.stream import Writer
from loop.cycle.wanted import Purpose, Wanted
from loop.sources.importer import Imported, Skipped
from loop.store import ask

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.sources.importer import Source
    from loop.stage_names import StageName
    from loop.tasks.task import Task

# Why a record is not stored, in the order in which it is asked.
REASONS = (
    "filtered", "unreadable", "unknown_task", "ambiguous_task", "held_out", "unknown_question", "too_long",
    "already_there",
)  # fmt: skip
EXAMPLES = 3  # records named for each reason
PURPOSE = Purpose("practice", "import", None)

Group = tuple["StageName", str]
"""A stage, and who wrote the completions."""


def bring_in(
    ctx: Context, records: Iterable[Imported | Skipped], source: Source, *, dry_run: bool = False
) -> ImportReport:
    """Grades and stores what can be learned from; `dry_run` only counts. A run that was killed goes on when it is
    started again: what it had graded is already there.

    Raises HarvestFrozen, what reading `records` raises (before anything is stored), and what `collect` raises.
    """
    found = list(records)
    if dry_run:
        require_unfrozen(ctx, "nothing is brought in")
        return _Intake(ctx, source, found).report(dry_run=True)
    with hold(ctx.home):
        ctx.journal.replay(ctx.store)
        require_unfrozen(ctx, "nothing is brought in")
        intake = _Intake(ctx, source, found)
        intake.grade()
        return intake.report(dry_run=False)


class _Intake:
    """The records of one file: each is in a group, to be graded, or counted under the reason why not."""

    def __init__(self, ctx: Context, source: Source, records: list[Imported | Skipped]) -> None:
        self.ctx, self.source, self.records = ctx, source, records
        self.groups: dict[Group, dict[str, Placed]] = defaultdict(dict)
        self.left_out: Counter[str] = Counter(dict.fromkeys(REASONS, 0))
        self.examples: dict[str, list[str]] = defaultdict(list)
        self.ctx.reporter.say(f"{len(records)} records")
        self._place()
        self.known = self._graded()  # before this run
        for group in self.groups.values():
            for key in (key for key in group if key in self.known):
                self._leave("already_there", f"it is sample {key}", group[key].where)

    def grade(self) -> None:
        """Those that are known too: a verdict that the grader itself failed to give is tried for again."""
        for (stage, name), placed in self.groups.items():
            wanted: dict[str, Wanted] = {key: one.want for key, one in placed.items()}
            writer = Writer(self.source, partial(_given, placed), self.source, name)
            seed = oracle_seed(self.ctx.settings.run.seed, None)
            label = f"{stage}: {len(wanted)} answers of {name}"
            judge_all(self.ctx, stage, wanted, PURPOSE, writer, seed, label)

    def report(self, *, dry_run: bool) -> ImportReport:
        new = {group: placed.keys() - self.known.keys() for group, placed in self.groups.items()}
        stages: Counter[str] = Counter()
        for (stage, _), keys in new.items():
            stages[stage] += len(keys)
        kinds: Counter[str] = Counter()
        if not dry_run:
            graded = self._graded()
            kinds.update(graded[key] for keys in new.values() for key in keys)
            self._explain_format_errors([key for keys in new.values() for key in keys])
        return ImportReport(
            source=self.source,
            records=len(self.records),
            new=sum(stages.values()),
            kinds=dict(kinds.most_common()),
            left_out=dict(self.left_out),
            examples={reason: tuple(texts) for reason, texts in self.examples.items()},
            stages={stage: count for stage, count in stages.items() if count},
            dry_run=dry_run,
        )

    def _place(self) -> None:
        tasks = Tasks(self.ctx)
        by_stage: dict[StageName, list[tuple[Imported, Task]]] = defaultdict(list)
        for record in self.records:
            if isinstance(record, Skipped):
                self._leave(record.reason, record.why, record.where)
                continue
            task = tasks.find(record.task)
            if isinstance(task, Unplaced):
                self._leave(task.reason, task.why, record.where)
            else:
                by_stage[record.stage].append((record, task))
        for stage, pairs in by_stage.items():
            questions = Questions(self.ctx, stage, (task for _, task in pairs))
            for record, task in pairs:
                self._sort(record, questions.place(record, task, self.source))

    def _sort(self, record: Imported, placed: Placed | Unplaced) -> None:
        if isinstance(placed, Unplaced):
            self._leave(placed.reason, placed.why, record.where)
            return
        group = self.groups[record.stage, record.source_name]
        if placed.id in group:
            self._leave("already_there", f"it is also {group[placed.id].where} of the file", record.where)
        group.setdefault(placed.id, placed)

    def _leave(self, reason: str, why: str, where: str) -> None:
        self.left_out[reason] += 1
        if len(self.examples[reason]) < EXAMPLES:
            self.examples[reason].append(f"{where}: {why}" if where else why)

    def _explain_format_errors(self, keys: list[str]) -> None:
        """Whole files are often written in another form than the stage asks for."""
        with self.ctx.store.read() as connection:
            found = ask.rows(
                connection,
                "SELECT evidence, count(*) AS n FROM verdicts WHERE list_contains(?, sample_id)"
                " AND kind = 'format_error' GROUP BY evidence ORDER BY n DESC, evidence LIMIT ?",
                [keys, EXAMPLES],
            )
        if found:
            self.examples["format_error"] = [f"{row['n']} times: {row['evidence']}" for row in found]

    def _graded(self) -> dict[str, str]:
        with self.ctx.store.read() as connection:
            return ask.graded(connection, [key for placed in self.groups.values() for key in placed])


def _given(placed: Mapping[str, Placed], missing: Mapping[str, Wanted]) -> Generator[Answer, None, None]:
    for key in missing:
        yield Answer(placed[key].completion)
