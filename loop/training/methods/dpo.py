"""Direct preference optimisation on pairs of a right and a wrong answer to one question: TRL's DPOTrainer.

The reference is where the phase begins: the frozen base, or what sft has made of it. Its log-probabilities are computed
once, before the first step, so that no second adapter is carried along.
"""

from __future__ import annotations

import math
import time
from typing import Any

from datasets import Dataset
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer

from loop.errors import TrainingError
from loop.training.batches import InLengthOrder
from loop.training.examples import TrainingSet
from loop.training.held_back import split
from loop.training.label_check import CheckedCollator, marked_pairs
from loop.training.loss_watch import LossWatch
from loop.training.phase import Phase, arguments, run, share_of_batch
from loop.training.rows import PairRow, micro_batch, tokenise_pairs
from loop.training.tokens import encoder, same_as_file

UNSURE = math.log(2)  # the loss of a model that tells chosen from rejected no better than the reference


def train(phase: Phase, rows: TrainingSet) -> dict[str, Any]:
    """Trains on the pairs. Raises TrainingError."""
    spec, loaded, own = phase.spec, phase.loaded, phase.spec.dpo
    encode = encoder(loaded.tokenizer)
    tokenised, dropped = tokenise_pairs(rows.pairs, encode, spec.max_length)
    same_as_file(spec.base, encode, [row.pair.prompt + row.pair.chosen for row in tokenised])
    trained, watched = split(tokenised, lambda row: row.pair.task_id or row.pair.chosen_id, spec.hold_back, spec.seed)
    together = micro_batch(share_of_batch(spec), 2 * max(row.longest for row in tokenised))
    steps = max(1, math.ceil(own.epochs * math.ceil(len(trained) / spec.batch_size)))
    config = DPOConfig(
        **arguments(phase, learning_rate=own.learning_rate, steps=steps, together=together, watched=bool(watched)),
        num_train_epochs=own.epochs,
        beta=own.beta,
        max_length=None,  # `tokenise_pairs` has dropped what is too long; nothing is cut
        precompute_ref_log_probs=True,
    )
    trainer: Any = _TokenisedPairs(
        model=loaded.model,
        args=config,
        train_dataset=_dataset(trained),
        eval_dataset=_dataset(watched) if watched else None,
        processing_class=loaded.tokenizer,
    )
    _drop_reference(trainer.model)
    trainer.row_lengths = [row.longest for row in trained]
    collator = CheckedCollator(trainer.data_collator, marked_pairs(tokenised))
    trainer.data_collator = collator
    watch = LossWatch(uniform=4 * UNSURE, learning_rate=own.learning_rate, knob="dpo.learning_rate")
    started = time.monotonic()
    measured = run(trainer, phase, watch, watched=bool(watched))
    seconds = time.monotonic() - started
    first, last = watch.finish()
    history = trainer.state.log_history
    return {
        **measured,
        "rows": len(trained),
        "rows_held_back": len(watched),
        "rows_too_long": dropped,
        "first_loss": first,
        "last_loss": last,
        "told_apart": [round(float(row["rewards/accuracies"]), 4) for row in history if "rewards/accuracies" in row],
        "margin": [round(float(row["rewards/margins"]), 4) for row in history if "rewards/margins" in row],
        **collator.measured(seconds),
    }


class _TokenisedPairs(InLengthOrder, DPOTrainer):
    """DPOTrainer on rows that are tokens already: TRL would tokenise prompt and completion as one text."""

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        return dataset


def _drop_reference(model: Any) -> None:
    """TRL keeps a copy of the adapter as the reference; all that was asked of it is computed."""
    if "ref" in model.peft_config:
        model.delete_adapter("ref")
    unfrozen = [name for name, p in model.named_parameters() if p.requires_grad and "lora_" not in name]
    if unfrozen:
        raise TrainingError(f"the base is not frozen: {', '.join(unfrozen[:3])}")


def _dataset(rows: list[PairRow]) -> Dataset:
    return Dataset.from_dict(
        {
            "prompt_ids": [list(row.prompt) for row in rows],
            "chosen_ids": [list(row.chosen) for row in rows],
            "rejected_ids": [list(row.rejected) for row in rows],
        }
    )
