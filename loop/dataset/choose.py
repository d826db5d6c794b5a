"""The walk: which answers are kept, question by question and turn by turn, until the caps are full.

In each turn every question gives its next answer that is no near-duplicate and no held-out solution, so that many
questions come before many answers to one. Questions of the learning zone go first; mastered ones follow for as many
rows as replay allows. Only answers that the walk comes to are sketched and compared.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loop.dataset.contamination import Coincidence, HeldOut
from loop.dataset.policy import Policy
from loop.dataset.shares import replayed
from loop.dataset.sketch import enough, shared, similarity
from loop.dataset.texts import Answer, Sketches


@dataclass(frozen=True)
class Removed:
    """An answer that coincides with a held-out solution."""

    sample_id: str
    task_id: str
    with_: Coincidence


@dataclass(frozen=True)
class Chosen:
    """The kept answers in the order in which they were taken; reason -> answers of the others that were looked at.
    mastered: how many rows mastered questions could have given."""

    kept: list[Answer]
    counters: Counter[str]
    removed: list[Removed]
    mastered: int


def choose(
    answers: Sequence[Answer], questions: Sequence[Mapping[str, Any]], policy: Policy, sketches: Sketches,
    held_out: HeldOut,
) -> Chosen:  # fmt: skip
    """answers: each question's in the order of preference. questions: rows of `pool.questions`, in their order."""
    walk = _Walk(answers, policy, sketches, held_out)
    ordered = by_turns([q for q in questions if q["question"] in walk.waiting])
    zone = [q for q in ordered if not q["mastered"]]
    walk.turns(zone, len(answers))
    learnt, tasks = len(walk.kept), walk.tasks
    walk.leave(zone, "over_cap")
    known = [q for q in ordered if q["mastered"]]
    known.sort(key=lambda q: q["task_id"] in tasks)  # another task before more of one
    most = sum(min(policy.per_task or len(answers), len(walk.waiting[q["question"]])) for q in known)
    walk.turns(known, replayed(learnt, most, policy.replay, policy.floor - len(tasks)))
    walk.leave(known, "mastered")
    return Chosen(walk.kept, walk.counters, walk.removed, most)


def by_turns(questions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Every task's first question, then every task's second one, and so on."""
    met: Counter[str] = Counter()
    places = []
    for place, question in enumerate(questions):
        places.append((met[question["task_id"]], place))
        met[question["task_id"]] += 1
    return [questions[place] for _, place in sorted(places)]


class _Walk:
    def __init__(self, answers: Sequence[Answer], policy: Policy, sketches: Sketches, held_out: HeldOut) -> None:
        self.policy, self.sketches, self.held_out = policy, sketches, held_out
        self.waiting: dict[int, deque[Answer]] = defaultdict(deque)
        for answer in answers:
            self.waiting[answer.question].append(answer)
        self.kept: list[Answer] = []
        self.counters: Counter[str] = Counter(duplicate=sum(answer.n - 1 for answer in answers))
        self.removed: list[Removed] = []
        self._of_question: dict[int, list[Answer]] = defaultdict(list)
        self._of_family: Counter[str] = Counter()
        self._of_cycle: Counter[str] = Counter()
        self._of_task: Counter[str] = Counter()

    def turns(self, questions: Iterable[Mapping[str, Any]], most: int) -> None:
        """Keeps at most `most` more rows, `per_task` of one question."""
        going, end = list(questions), len(self.kept) + most
        for turn in itertools.count():
            if not going or (self.policy.per_task and turn >= self.policy.per_task):
                break
            still = []
            for question in going:
                if len(self.kept) >= end:
                    return
                if self._next(question):
                    still.append(question)
            going = still

    @property
    def tasks(self) -> set[str]:
        """Tasks that gave a row."""
        return set(self._of_task)

    def leave(self, questions: Iterable[Mapping[str, Any]], reason: str) -> None:
        """What a full question has left is over its cap; what another one has left is counted under `reason`."""
        for question in questions:
            number = question["question"]
            full = self.policy.per_task and len(self._of_question[number]) >= self.policy.per_task
            self.counters["over_cap" if full else reason] += len(self.waiting[number])
            self.waiting[number].clear()

    def _next(self, question: Mapping[str, Any]) -> bool:
        """Whether the question gave another row."""
        queue, policy = self.waiting[question["question"]], self.policy
        while queue:
            if policy.per_family and self._of_family[question["family"]] >= policy.per_family:
                self.counters["over_family_cap"] += len(queue)
                queue.clear()
                return False
            answer = queue.popleft()
            cycle = answer.cycle_id or ""  # "": of no cycle
            if reason := self._problem(answer, question["task_id"], cycle):
                self.counters[reason] += 1
                continue
            self._of_family[question["family"]] += 1
            self._of_cycle[cycle] += 1
            self._of_task[question["task_id"]] += 1
            self._of_question[answer.question].append(answer)
            self.kept.append(answer)
            return True
        return False

    def _problem(self, answer: Answer, task_id: str, cycle: str) -> str:
        if cycle and self.policy.per_cycle and self._of_cycle[cycle] >= self.policy.per_cycle:
            return "over_cycle_cap"
        if answer.label is not None or not answer.code:
            return ""  # a word is nobody's solution, and right words are equal
        if coincidence := self.held_out.find(answer.code, self.sketches.of(answer)):
            self.removed.append(Removed(answer.id, task_id, coincidence))
            return "contaminated"
        if 0 < self.policy.near_duplicate < 1 and any(
            self._alike(answer, k) for k in self._of_question[answer.question]
        ):
            return "near_duplicate"
        return ""

    def _alike(self, answer: Answer, kept: Answer) -> bool:
        if not kept.code:
            return False
        a, b = self.sketches.of(answer), self.sketches.of(kept)
        if a.tree is not None and a.tree == b.tree:
            return True
        threshold = self.policy.near_duplicate
        return shared(a, b) >= enough(threshold) and similarity(answer.code or "", kept.code) >= threshold
