"""Rows, labels and the loss watch: no process, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loop.errors import TrainingError
from loop.training.examples import Example, read_set
from loop.training.label_check import CheckedCollator, marked
from loop.training.loss_watch import WINDOW, LossWatch
from loop.training.rows import Row, tokenise


def letters(texts: Sequence[str]) -> list[list[int]]:
    return [[ord(letter) for letter in text] for text in texts]


def test_a_line_that_is_no_example_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "p", "completion": "c"}\n{"prompt": "p"}\n')
    with pytest.raises(TrainingError, match=r"rows\.jsonl:2 is not an example"):
        read_set(path)


def test_a_row_that_is_too_long_is_dropped_and_counted() -> None:
    rows, dropped = tokenise([Example("abc", "de"), Example("abc", "defgh")], letters, max_length=6)
    assert [(row.prompt, row.completion) for row in rows] == [((97, 98, 99), (100, 101))]
    assert dropped == 1


def test_rows_that_are_all_too_long_are_an_error() -> None:
    with pytest.raises(TrainingError, match="all 1 rows are longer than max_length = 4"):
        tokenise([Example("abc", "de")], letters, max_length=4)


def test_an_empty_completion_is_an_error() -> None:
    with pytest.raises(TrainingError, match="1 of 2 rows have no label token"):
        tokenise([Example("abc", "de"), Example("abc", "")], letters, max_length=9)


ROWS = [Row(Example("", ""), (1, 2, 3), (4, 5)), Row(Example("", ""), (1, 2), (7,))]


def batch(second_labels: list[int]) -> Any:
    return lambda _: {
        "input_ids": np.array([[1, 2, 3, 4, 5], [1, 2, 7, 0, 0]]),
        "labels": np.array([[-100, -100, -100, 4, 5], second_labels]),
        "attention_mask": np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
    }


def test_labels_that_are_the_completion_pass_and_are_counted() -> None:
    collator = CheckedCollator(batch([-100, -100, 7, -100, -100]), marked(ROWS))
    collator([])
    assert (collator.tokens, collator.label_tokens, collator.padding_share) == (8, 3, pytest.approx(0.2))


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param([-100, 2, 7, -100, -100], id="a prompt token"),
        pytest.param([-100, -100, 7, 0, -100], id="padding"),
        pytest.param([-100, -100, 8, -100, -100], id="another token"),
        pytest.param([-100, -100, -100, -100, -100], id="none"),
    ],
)
def test_labels_that_are_not_the_completion_stop_the_training(labels: list[int]) -> None:
    with pytest.raises(TrainingError, match=r"not the completion|no label token"):
        CheckedCollator(batch(labels), marked(ROWS))([])


def test_a_loss_that_is_not_a_number_ends_the_run() -> None:
    watch = LossWatch(uniform=6.0, learning_rate=1.0)
    watch.add(1, {"loss": 2.0, "grad_norm": 1.0})
    with pytest.raises(TrainingError, match=r"nan, gradient norm 1\.0 at step 2"):
        watch.add(2, {"loss": float("nan"), "grad_norm": 1.0})
    with pytest.raises(TrainingError, match="gradient norm inf"):
        watch.add(2, {"loss": 2.0, "grad_norm": float("inf")})


def test_one_bad_batch_is_no_divergence_and_five_are() -> None:
    watch = LossWatch(uniform=6.0, learning_rate=1.0)
    for step in range(WINDOW):
        watch.add(step, {"loss": 2.0, "grad_norm": 1.0})
    watch.add(5, {"loss": 20.0, "grad_norm": 1.0})
    with pytest.raises(TrainingError, match="diverged: 2 at the start"):
        for step in range(6, 6 + WINDOW):
            watch.add(step, {"loss": 20.0, "grad_norm": 1.0})


def test_a_loss_that_ends_clearly_higher_is_an_error() -> None:
    watch = LossWatch(uniform=6.0, learning_rate=1.0)
    for step, loss in enumerate([1.0] * 10 + [1.5] * 10):
        watch.add(step, {"loss": loss, "grad_norm": 1.0})
    with pytest.raises(TrainingError, match=r"raised the loss from 1 to 1\.5"):
        watch.finish()


def test_a_model_that_guesses_uniformly_without_gradient_has_collapsed_and_a_perfect_one_has_not() -> None:
    for loss, collapsed in ((6.0, True), (0.001, False)):
        watch = LossWatch(uniform=6.0, learning_rate=1.0)
        for step, norm in enumerate([1.0] * 10 + [0.0] * 10):
            watch.add(step, {"loss": 12.0 if norm else loss, "grad_norm": norm})
        if collapsed:
            with pytest.raises(TrainingError, match="collapsed to a uniform guess"):
                watch.finish()
        else:
            assert watch.finish() == (12.0, pytest.approx(loss))
