"""Is an answer, in fact, the solution of a held-out task? And of which one?

Two pieces of code coincide when the sets of 8-grams of their tokens - comments, layout and names aside - have a Jaccard
similarity of at least `harvest.contamination` (0.9), or when their syntax trees are equal. Practice tasks share idioms
with audit tasks by design (the splits are disjoint in how parts are composed, not in the parts), so a shared loop head
is no contamination; the same body is. 0.9 was measured on the kata pack: of its 4,468 practice references none reaches
it, and the nearest (0.87) differ from a held-out one by the one operator that makes them another task.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from loop.dataset.sketch import Sketch, enough, keys, sketch
from loop.dataset.tokens import code_sha256, ngrams

THRESHOLD = 0.9


@dataclass(frozen=True)
class Coincidence:
    """With which held-out task, in what share of the n-grams, and how it was found ("ngrams" or "tree")."""

    task_id: str
    overlap: float
    found_by: str


class HeldOut:
    """The references of the audit and vault tasks, by their sketches. references: task id -> code."""

    def __init__(self, references: Mapping[str, str], threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        self._enough = enough(threshold)
        self._grams: dict[str, frozenset[tuple[str, ...]]] = {}
        self._bands: dict[tuple[int, int], list[str]] = defaultdict(list)
        self._trees: dict[str, str] = {}
        for task_id, code in sorted(references.items()):
            made = sketch(code, "")
            self._grams[task_id] = ngrams(code)
            for key in keys(made):
                self._bands[key].append(task_id)
            if made.tree is not None:
                self._trees.setdefault(made.tree, task_id)

    def matches(self, code: str) -> Coincidence | None:
        """The held-out solution that `code` coincides with, if any."""
        return self.find(code, sketch(code, code_sha256(code)))

    def find(self, code: str, of: Sketch) -> Coincidence | None:
        """`matches`, for code whose sketch is known: the most similar one, the first by id of several."""
        shared = Counter(task_id for key in keys(of) for task_id in self._bands.get(key, ()))
        near = sorted(task_id for task_id, bands in shared.items() if bands >= self._enough)
        alike = self._trees.get(of.tree) if of.tree is not None else None
        if not near and alike is None:
            return None
        grams = ngrams(code)
        overlaps = [(self._overlap(grams, task_id), task_id) for task_id in near]
        best, task_id = max(overlaps, key=lambda found: found[0], default=(0.0, ""))
        if best >= self.threshold:
            return Coincidence(task_id, best, "ngrams")
        return Coincidence(alike, self._overlap(grams, alike), "tree") if alike is not None else None

    def _overlap(self, grams: frozenset[tuple[str, ...]], task_id: str) -> float:
        common = len(grams & self._grams[task_id])
        return common / (len(grams) + len(self._grams[task_id]) - common)
