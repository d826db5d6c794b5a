"""Pairs for real: the right answer becomes likelier than the wrong one, from the base or from what sft made of it."""

from __future__ import annotations

import json

import pytest

from loop.errors import TrainingError
from loop.training.examples import Pair
from loop.training.label_check import CheckedCollator, marked_pairs
from loop.training.rows import tokenise_pairs
from loop.training.trainer import TrainResult, TrainSpec


@pytest.mark.slow
def test_sft_then_dpo_learns_to_tell_right_from_wrong(preferred: tuple[TrainSpec, TrainResult]) -> None:
    result = preferred[1]
    sft, dpo = result.metrics["phases"]["sft"], result.metrics["phases"]["dpo"]  # type: ignore[index]
    assert dpo["first_loss"] == pytest.approx(0.693, abs=0.02)  # where the phase begins, nothing is told apart
    assert dpo["last_loss"] < dpo["first_loss"] and dpo["told_apart"][-1] > 0.8
    assert sft["rows"] == dpo["rows"] and sft["rows"] + sft["rows_held_back"] == 48
    assert dpo["held_back"][-1][1] < dpo["held_back"][0][1]
    assert result.metrics["steps"] == sft["steps"] + dpo["steps"]
    config = json.loads((result.out / "adapter_config.json").read_text())
    assert config["r"] == 4 and not (result.out / "ref").exists()


def letters(texts: object) -> list[list[int]]:
    return [[ord(letter) for letter in text] for text in texts]  # type: ignore[attr-defined]


def test_a_pair_of_which_one_half_is_too_long_is_dropped_whole() -> None:
    rows, dropped = tokenise_pairs([Pair("ab", "c", "d"), Pair("ab", "c", "defg")], letters, max_length=5)
    assert [row.pair.rejected for row in rows] == ["d"] and dropped == 1


def test_a_pair_of_equal_halves_is_an_error() -> None:
    with pytest.raises(TrainingError, match="choose and reject the same answer"):
        tokenise_pairs([Pair("ab", "c", "c")], letters, max_length=5)


def test_a_mask_that_is_not_the_completion_ends_a_run() -> None:
    import numpy as np

    rows, _ = tokenise_pairs([Pair("ab", "c", "d")], letters, max_length=5)
    good = {
        "input_ids": np.array([[97, 98, 99], [97, 98, 100]]),
        "attention_mask": np.ones((2, 3), int),
        "completion_mask": np.array([[0, 0, 1], [0, 0, 1]]),
    }
    collator = CheckedCollator(lambda _: good, marked_pairs(rows))
    collator([])
    assert collator.label_tokens == 2
    good["completion_mask"] = np.array([[0, 0, 1], [0, 1, 1]])
    with pytest.raises(TrainingError, match="labels are not the completion"):
        collator([])
