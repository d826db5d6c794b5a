"""TRL's SFTTrainer with PEFT LoRA, from the frozen base. Runs in the worker process: importing it imports torch.

float32 on a CPU, bfloat16 base with float32 adapter on CUDA. Rows of like length share a batch (padding is work too).
Loss on completions alone, and every batch that is trained on is checked for it.
"""

from __future__ import annotations

import math
import resource
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from datasets import Dataset
from peft import LoraConfig
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback, set_seed
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from loop.errors import TrainingError
from loop.training.backends import Report
from loop.training.label_check import CheckedCollator
from loop.training.loss_watch import LossWatch
from loop.training.peft_logits import reference_of
from loop.training.reference import FILE, save_reference, spread
from loop.training.rows import Row, read_examples, tokenise
from loop.training.trainer import TrainSpec

WARMUP = 0.05  # of the steps
MAX_GRAD_NORM = 1.0
TOGETHER = 5_000
"""Tokens that go through the model together, at most: memory grows with them, and on a GPU this many keep it busy."""


def train(spec: TrainSpec, out: Path, report: Report) -> dict[str, object]:
    """Writes the adapter and its reference logits into `out`. Raises TrainingError."""
    set_seed(spec.seed)
    cuda = torch.cuda.is_available()
    examples = read_examples(spec.examples)
    tokenizer = AutoTokenizer.from_pretrained(spec.base, local_files_only=True)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token

    def encode(texts: Sequence[str]) -> list[list[int]]:
        return [list(ids) for ids in tokenizer(list(texts), add_special_tokens=False)["input_ids"]]

    rows, dropped = tokenise(examples, encode, spec.max_length)
    _same_as_file(spec.base, encode, [row.example.prompt + row.example.completion for row in spread(rows, 64)])
    model = AutoModelForCausalLM.from_pretrained(
        spec.base, dtype=torch.bfloat16 if cuda else torch.float32, local_files_only=True
    )
    watch = LossWatch(uniform=math.log(model.config.vocab_size), learning_rate=spec.learning_rate)
    trainer = _trainer(spec, out, model, tokenizer, rows, cuda)
    collator = CheckedCollator(trainer.data_collator, rows)
    trainer.data_collator = collator
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(_Watcher(watch, report))

    started = time.monotonic()
    trainer.train()
    seconds = time.monotonic() - started
    first, last = watch.finish()
    peft_model = trainer.accelerator.unwrap_model(trainer.model)
    _save(peft_model, out)
    report(0.95, "reference logits")
    wanted = [(row.example.prompt, row.example.completion) for row in spread(rows)]
    save_reference(reference_of(peft_model.float(), encode, wanted, spec.base, out), out / FILE)
    return {
        "rows": len(rows),
        "rows_too_long": dropped,
        "steps": len(watch.losses),
        "first_loss": first,
        "last_loss": last,
        "loss": [round(loss, 5) for loss in watch.losses],
        "grad_norm": [round(norm, 5) for norm in watch.grad_norms],
        "tokens": collator.tokens,
        "label_tokens": collator.label_tokens,
        "padding_share": round(collator.padding_share, 4),
        "train_seconds": round(seconds, 3),
        "tokens_per_second": round(collator.tokens / seconds, 1),
        "trainable_parameters": sum(p.numel() for p in peft_model.parameters() if p.requires_grad),
        "peak_memory_bytes": _peak_memory(cuda),
        "device": torch.cuda.get_device_name() if cuda else "cpu",
        "dtype": "bfloat16" if cuda else "float32",
        "threads": torch.get_num_threads(),
        "versions": {name: version(name) for name in ("torch", "transformers", "trl", "peft")},
    }


class _CompletionLossTrainer(SFTTrainer):
    """SFTTrainer with its loss written in plain torch where TRL's needs Triton, which a CPU build of torch lacks.

    The same number: the negative log-likelihood of the labelled tokens, summed and divided by how many the step has.
    Only labelled positions go through the output head.
    """

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        if return_outputs or torch.cuda.is_available():
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)  # type: ignore[no-untyped-call]
        causal = self.accelerator.unwrap_model(model).get_base_model()
        hidden = causal.model(
            input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False
        ).last_hidden_state[:, :-1]
        labels = inputs["labels"][:, 1:]
        labelled = labels != -100
        loss = F.cross_entropy(causal.lm_head(hidden[labelled]), labels[labelled], reduction="sum")
        return loss / (labelled.sum() if num_items_in_batch is None else num_items_in_batch)


class _Watcher(TrainerCallback):
    def __init__(self, watch: LossWatch, report: Report) -> None:
        self.watch = watch
        self.report = report

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        if logs is None or "loss" not in logs:
            return  # the summary at the end
        self.watch.add(state.global_step, float(logs["loss"]), float(logs["grad_norm"]))
        fraction = 0.05 + 0.9 * state.global_step / state.max_steps
        self.report(fraction, f"step {state.global_step}/{state.max_steps}, loss {logs['loss']:.3f}")


def micro_batch(batch_size: int, longest: int) -> int:
    """Rows that go through the model together: the most that divide `batch_size` and hold at most `TOGETHER` tokens.

    longest: tokens of the longest row. A step has `batch_size` rows all the same; their gradients are added up.
    """
    sizes = (size for size in range(batch_size, 0, -1) if batch_size % size == 0)
    return next((size for size in sizes if size * longest <= TOGETHER), 1)


def _trainer(spec: TrainSpec, out: Path, model: Any, tokenizer: Any, rows: list[Row], cuda: bool) -> Any:
    together = micro_batch(spec.batch_size, max(len(row.ids) for row in rows))
    config = SFTConfig(
        output_dir=str(out / "trl"),
        seed=spec.seed,
        data_seed=spec.seed,
        per_device_train_batch_size=together,
        gradient_accumulation_steps=spec.batch_size // together,
        num_train_epochs=spec.epochs,
        learning_rate=spec.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(1, round(WARMUP * spec.epochs * math.ceil(len(rows) / spec.batch_size))),
        max_grad_norm=MAX_GRAD_NORM,
        weight_decay=0.0,
        completion_only_loss=True,
        max_length=None,  # `tokenise` has dropped what is too long; nothing is cut
        train_sampling_strategy="group_by_length",
        use_cpu=not cuda,
        bf16=cuda,
        gradient_checkpointing=cuda,
        dataloader_pin_memory=cuda,
        logging_steps=1,
        logging_nan_inf_filter=False,  # a NaN must be seen, not averaged away
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    lora = LoraConfig(
        r=spec.rank,
        lora_alpha=spec.alpha,
        lora_dropout=spec.dropout,
        target_modules=list(spec.targets),
        task_type="CAUSAL_LM",
    )
    dataset = Dataset.from_dict(
        {
            "input_ids": [list(row.ids) for row in rows],
            "completion_mask": [[0] * len(row.prompt) + [1] * len(row.completion) for row in rows],
        }
    )
    trainer: Any = _CompletionLossTrainer(
        model=model, args=config, train_dataset=dataset, processing_class=tokenizer, peft_config=lora
    )
    unfrozen = [name for name, p in trainer.model.named_parameters() if p.requires_grad and "lora_" not in name]
    if unfrozen:
        raise TrainingError(f"the base is not frozen: {', '.join(unfrozen[:3])}")
    return trainer


def _same_as_file(base: Path, encode: Any, texts: list[str]) -> None:
    """transformers may rebuild a tokenizer instead of reading it; the GGUF is made from tokenizer.json itself."""
    plain = Tokenizer.from_file(str(base / "tokenizer.json"))
    for text, ids in zip(texts, encode(texts), strict=True):
        if plain.encode(text, add_special_tokens=False).ids != ids:
            raise TrainingError(
                f"transformers and tokenizer.json tokenise differently: {text[:60]!r}",
                fix=f"check tokenizer_class in {base / 'tokenizer_config.json'}",
            )


def _save(model: Any, out: Path) -> None:
    weights = {name: p for name, p in model.named_parameters() if p.requires_grad}
    broken = [name for name, p in weights.items() if not bool(torch.isfinite(p).all())]
    if broken:
        raise TrainingError(
            f"{len(broken)} of {len(weights)} adapter tensors are not finite", fix="lower the learning rate"
        )
    model.save_pretrained(out, save_embedding_layers=False)


def _peak_memory(cuda: bool) -> int:
    """Bytes: of the device on CUDA, resident on a CPU."""
    return torch.cuda.max_memory_allocated() if cuda else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
