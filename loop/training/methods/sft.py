"""Supervised fine-tuning on right answers: TRL's SFTTrainer, the loss on completions alone, every batch checked for it.

Rows of like length share a batch (padding is work too), and long ones go through the model a few at a time.
"""

from __future__ import annotations

import math
import time
from typing import Any

from datasets import Dataset
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from loop.training.batches import InLengthOrder
from loop.training.examples import TrainingSet
from loop.training.held_back import split
from loop.training.label_check import CheckedCollator, marked
from loop.training.loss_watch import LossWatch
from loop.training.phase import Phase, arguments, run, share_of_batch
from loop.training.rows import Row, micro_batch, tokenise
from loop.training.tokens import encoder, same_as_file


def train(phase: Phase, rows: TrainingSet) -> dict[str, Any]:
    """Trains on the examples. Raises TrainingError."""
    spec, loaded = phase.spec, phase.loaded
    encode = encoder(loaded.tokenizer)
    tokenised, dropped = tokenise(rows.examples, encode, spec.max_length)
    same_as_file(spec.base, encode, [row.example.prompt + row.example.completion for row in tokenised])
    trained, watched = split(
        tokenised, lambda row: row.example.task_id or row.example.sample_id, spec.hold_back, spec.seed
    )
    together = micro_batch(share_of_batch(spec), max(len(row.ids) for row in tokenised))
    steps = max(1, math.ceil(spec.epochs * math.ceil(len(trained) / spec.batch_size)))
    config = SFTConfig(
        **arguments(phase, learning_rate=spec.learning_rate, steps=steps, together=together, watched=bool(watched)),
        num_train_epochs=spec.epochs,
        completion_only_loss=True,
        max_length=None,  # `tokenise` has dropped what is too long; nothing is cut
    )
    trainer: Any = _Sft(
        model=loaded.model,
        args=config,
        train_dataset=_dataset(trained),
        eval_dataset=_dataset(watched) if watched else None,
        processing_class=loaded.tokenizer,
    )
    trainer.row_lengths = [len(row.ids) for row in trained]
    collator = CheckedCollator(trainer.data_collator, marked(tokenised))
    trainer.data_collator = collator
    watch = LossWatch(math.log(loaded.model.config.vocab_size), spec.learning_rate)
    started = time.monotonic()
    measured = run(trainer, phase, watch, watched=bool(watched))
    seconds = time.monotonic() - started
    first, last = watch.finish()
    return {
        **measured,
        "rows": len(trained),
        "rows_held_back": len(watched),
        "rows_too_long": dropped,
        "first_loss": first,
        "last_loss": last,
        **collator.measured(seconds),
    }


class _Sft(InLengthOrder, SFTTrainer):
    """SFTTrainer, rows of like length together."""


def _dataset(rows: list[Row]) -> Dataset:
    return Dataset.from_dict(
        {
            "input_ids": [list(row.ids) for row in rows],
            "completion_mask": [[0] * len(row.prompt) + [1] * len(row.completion) for row in rows],
        }
    )
