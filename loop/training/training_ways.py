"""One way of training, in a process of its own: `python -m loop.training.training_ways WAY SPEC.json HELD.jsonl`.

Prints one line of JSON: {"curve": [[seconds trained, rows seen, loss on held-out rows], ...], "tokens", "seconds",
"peak_memory_bytes"}. Looking at the held-out rows is not counted as training.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from loop.training import plain_head
from loop.training.backends import backend_of, choose
from loop.training.backends.trl import lora_config
from loop.training.examples import read_set
from loop.training.fit import peak_memory
from loop.training.job import read_job
from loop.training.methods import sft
from loop.training.phase import Phase
from loop.training.rows import Row, tokenise
from loop.training.tokens import encoder
from loop.training.trainer import TrainSpec

LOOKS = 12  # at the held-out rows in the course of a training
OURS, PLAIN, PLAIN32 = "ours", "trl", "trl-float32"


class Looks(TrainerCallback):
    """Measures the loss on held-out rows now and then, and stops its own time.

    rows: token rows. every: training rows between two looks.
    """

    def __init__(self, rows: list[Row], every: float) -> None:
        self.rows = rows
        self.every = every
        self.curve: list[tuple[float, int, float]] = []
        self.looking = 0.0
        self.seen = 0
        self.started = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        self.started = time.monotonic()
        self._look(model)

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        self.seen += args.train_batch_size * args.gradient_accumulation_steps
        if self.seen >= self.every * len(self.curve) or state.global_step == state.max_steps:
            self._look(model)

    def _look(self, model: Any) -> None:
        now = time.monotonic()
        trained = now - self.started - self.looking
        self.curve.append((round(trained, 3), self.seen, round(held_out_loss(model, self.rows), 5)))
        self.looking += time.monotonic() - now


def held_out_loss(model: Any, rows: list[Row]) -> float:
    """Mean nats of a completion token, in float32, a row at a time."""
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    with torch.inference_mode():
        for row in rows:
            ids = torch.tensor([row.ids], device=model.device)
            logits = (
                model(input_ids=ids, use_cache=False, logits_to_keep=len(row.completion) + 1).logits[0, :-1].float()
            )
            total += float(F.cross_entropy(logits, ids[0, -len(row.completion) :], reduction="sum"))
            count += len(row.completion)
    model.train(was_training)
    return total / count


def run_ours(spec: TrainSpec, looks: Looks, work: Path) -> int:
    """The project's own supervised fine-tuning; the tokens that went through the model."""
    loaded = backend_of(choose(spec.backend)).load(spec)
    phase = Phase("sft", spec, loaded, work, lambda fraction, text: None, (looks,))
    return int(sft.train(phase, read_set(spec.examples))["tokens"])


def run_plain(spec: TrainSpec, looks: Looks, work: Path, *, float32: bool) -> int:
    """SFTTrainer as it comes: the same rows, adapter, learning rate and epochs, and TRL's own defaults for the rest.

    float32: without its two most expensive defaults on a CPU, bfloat16 autocast and gradient checkpointing.
    """
    if not torch.cuda.is_available():
        plain_head.install()  # TRL does not train on a CPU without it
    base = AutoModelForCausalLM.from_pretrained(spec.base, dtype=torch.float32, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(spec.base, local_files_only=True)
    rows, _ = tokenise(read_set(spec.examples).examples, encoder(tokenizer), spec.max_length)
    columns = {
        "input_ids": [list(row.ids) for row in rows],
        "completion_mask": [[0] * len(row.prompt) + [1] * len(row.completion) for row in rows],
    }
    plain: dict[str, Any] = {"bf16": False, "gradient_checkpointing": False} if float32 else {}
    config = SFTConfig(
        output_dir=str(work), learning_rate=spec.learning_rate, num_train_epochs=spec.epochs, seed=spec.seed,
        use_cpu=not torch.cuda.is_available(), report_to="none", disable_tqdm=True, **plain,
    )  # fmt: skip
    trainer: Any = SFTTrainer(
        model=base, args=config, train_dataset=Dataset.from_dict(columns), processing_class=tokenizer,
        peft_config=lora_config(spec), callbacks=[looks],
    )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return round(sum(len(row.ids) for row in rows) * spec.epochs)


def main(way: str, job: Path, held: Path) -> None:
    spec = replace(read_job(job).spec, hold_back=0.0)
    tokenizer = AutoTokenizer.from_pretrained(spec.base, local_files_only=True)
    rows, _ = tokenise(read_set(held).examples, encoder(tokenizer), spec.max_length)
    trained = len(read_set(spec.examples).examples)
    looks = Looks(rows, spec.epochs * trained / LOOKS)
    with tempfile.TemporaryDirectory() as work:
        if way == OURS:
            tokens = run_ours(spec, looks, Path(work))
        else:
            tokens = run_plain(spec, looks, Path(work), float32=way == PLAIN32)
    seconds = looks.curve[-1][0]
    found = {"curve": looks.curve, "tokens": tokens, "seconds": seconds}
    print(json.dumps({**found, "peak_memory_bytes": peak_memory(cuda=torch.cuda.is_available())}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
