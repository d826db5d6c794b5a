"""How good judgments are: accuracy, precision, recall, F1, and how many could not be read.

With tp, fp, fn the true positives, false positives and false negatives: precision = tp / (tp + fp), recall =
tp / (tp + fn), F1 = 2 tp / (2 tp + fp + fn), their harmonic mean (van Rijsbergen, Information Retrieval, 1979, ch. 7).
Macro and micro averages as in Sokolova and Lapalme, "A systematic analysis of performance measures for classification
tasks" (2009), table 3; macro F1 is the mean of the classes' F1 (Opitz and Burst, "Macro F1 and Macro F1", 2019).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loop.pipeline.stage import EACH_LINE

Row = tuple[str, str | None, str]


@dataclass(frozen=True)
class Measures:
    """n: rows. accuracy: share of the rows whose value is the label; None without rows. precision, recall, f1: None
    where they are undefined (nothing answered so, nothing labelled so). format_errors: rows that could not be read."""

    n: int
    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    format_errors: int


@dataclass(frozen=True)
class _Counts:
    tp: int
    fp: int
    fn: int

    @property
    def precision(self) -> float | None:
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float | None:
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)


_Figures = tuple[float | None, float | None, float | None]


def measures(rows: Iterable[Row]) -> Measures:
    """rows: (label, value or None when it could not be read, positive), as in `Call` and `Reading`.

    Rows with the same positive are one kind and their counts are pooled: of the positive option, or of single lines
    for `EACH_LINE`. Rows without a positive are one kind, averaged over the labels (macro). Of several kinds precision,
    recall and F1 are the plain mean over the kinds where they are defined; accuracy is always that of all rows. What
    could not be read is wrong, and counts for no option.
    """
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row[2], []).append(row)
    every = [row for kind in kinds.values() for row in kind]
    figures = [_figures(positive, kind) for positive, kind in kinds.items()]
    precision, recall, f1 = (_mean([figure[i] for figure in figures]) for i in range(3))
    right = sum(value == label for label, value, _ in every)
    unread = sum(value is None for _, value, _ in every)
    return Measures(len(every), _ratio(right, len(every)), precision, recall, f1, unread)


def _figures(positive: str, rows: Sequence[Row]) -> _Figures:
    if positive == EACH_LINE:
        counts = _of_lines(rows)
        return counts.precision, counts.recall, counts.f1
    if positive:
        counts = _of_option(positive, rows)
        return counts.precision, counts.recall, counts.f1
    classes = [_of_option(label, rows) for label in sorted({label for label, _, _ in rows})]
    # a class that occurs and is never answered has precision 0, or who answers one word always would look precise
    precision = _mean([counts.precision or 0.0 for counts in classes])
    return precision, _mean([counts.recall for counts in classes]), _mean([counts.f1 for counts in classes])


def _of_option(option: str, rows: Sequence[Row]) -> _Counts:
    pairs = [(label == option, value == option) for label, value, _ in rows]
    return _Counts(pairs.count((True, True)), pairs.count((False, True)), pairs.count((True, False)))


def _of_lines(rows: Sequence[Row]) -> _Counts:
    """Micro average: each line of a label or a value is one decision."""
    pairs = [(set(label.split("\n")), set((value or "").split("\n")) - {""}) for label, value, _ in rows]
    return _Counts(
        sum(len(wanted & said) for wanted, said in pairs),
        sum(len(said - wanted) for wanted, said in pairs),
        sum(len(wanted - said) for wanted, said in pairs),
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(figures: Sequence[float | None]) -> float | None:
    defined = [figure for figure in figures if figure is not None]
    return math.fsum(defined) / len(defined) if defined else None
