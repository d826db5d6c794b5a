"""Is an answer, in fact, the solution of a held-out task?

The rule: two pieces of code coincide when the sets of 8-grams of their tokens - comments, layout and names aside -
have a Jaccard similarity of at least 0.9. Practice tasks share idioms with audit tasks by design (the splits are
disjoint in how parts are composed, not in the parts), so a shared loop head is no contamination; the same body is.
0.9 was measured on the kata pack: of its 4,468 practice references none reaches it, and the nearest (0.87) differ
from a held-out one by the one operator that makes them another task.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from loop.cycle.tokens import ngrams

THRESHOLD = 0.9


class HeldOut:
    """The references of the audit and vault tasks, indexed by their n-grams."""

    def __init__(self, references: Iterable[str], threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        self._sizes: list[int] = []
        self._where: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._judged: dict[str, bool] = {}
        for number, grams in enumerate({ngrams(reference) for reference in references}):
            self._sizes.append(len(grams))
            for gram in grams:
                self._where[gram].append(number)

    def matches(self, code: str) -> bool:
        """Whether `code` coincides with a held-out reference."""
        if code not in self._judged:
            self._judged[code] = self._search(code)
        return self._judged[code]

    def _search(self, code: str) -> bool:
        grams = ngrams(code)
        shared: dict[int, int] = defaultdict(int)
        for gram in grams:
            for number in self._where.get(gram, ()):
                shared[number] += 1
        return any(
            common >= self.threshold * (len(grams) + self._sizes[number] - common) for number, common in shared.items()
        )
