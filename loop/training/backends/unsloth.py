"""Unsloth: the same base and LoRA as the trl backend, with its own kernels, on one or several NVIDIA cards.

Written against the sources of unsloth and unsloth_zoo 2026.10.9; what was read there, and what follows from it:

- `import unsloth` must come before transformers and trl (`loop.training.worker` sees to that). It puts generated
  subclasses in the place of TRL's trainers and configurations, under the same names in `trl.trainer`, and a kernel of
  its own in the place of `_ChunkedLogProbFunction`, with the same arguments. The methods import them as ever.
- SFTConfig's loss type becomes "nll", which Unsloth's forward computes in chunks. Rows with `input_ids` and
  `completion_mask` are taken as they are, so the labels are the same and are checked as ever; a batch is flattened into
  one row unless `UNSLOTH_DISABLE_AUTO_PADDING_FREE` is set, which `loop.training.process.environment` does.
- A directory is not exchanged for a repository of ready-made 4-bit or FP8 weights when `use_exact_model_name` is set.
- `from_pretrained` fetches a statistics repository unless `UNSLOTH_DISABLE_STATISTICS` is set or the Hub is offline.
- fp8 quantizes the base with torchao into a directory under TMPDIR that is named by the base's path, not its content:
  `load` moves that into the scratch, so that no other base's is taken for it. It wants compute capability 9.0.
- Under torchrun each process loads onto the card of its LOCAL_RANK by itself.
- TRL trains the LoRA of a 4-bit base in bfloat16; on other bases it is float32.
- llama.cpp is compiled by `save_pretrained_gguf` alone, which is never called.

Not verified: none of it was run on a GPU here.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import torch

from loop.errors import TrainingError
from loop.training.backends import Loaded
from loop.training.trainer import TrainSpec

FP8_CAPABILITY = (9, 0)
# precision -> what from_pretrained is told, and the name of the base's type in memory
PRECISIONS: dict[str, tuple[dict[str, Any], str]] = {
    "32bit": ({"dtype": torch.float32}, "float32"),
    "16bit": ({"dtype": torch.bfloat16, "load_in_16bit": True}, "bfloat16"),
    "4bit": ({"dtype": torch.bfloat16, "load_in_4bit": True}, "nf4"),
    "fp8": ({"dtype": torch.bfloat16, "load_in_fp8": True}, "fp8"),
}


def load(spec: TrainSpec) -> Loaded:
    """Raises TrainingError where there is no GPU, or one without the precision."""
    precision = "16bit" if spec.precision == "auto" else spec.precision
    _check(precision)
    if precision == "fp8":
        tempfile.tempdir = str(Path(os.environ["HF_HOME"], "fp8"))  # in the scratch (`loop.training.process`)
        Path(tempfile.tempdir).mkdir(parents=True, exist_ok=True)
    from unsloth import FastLanguageModel

    how, dtype = PRECISIONS[precision]
    base, tokenizer = FastLanguageModel.from_pretrained(
        model_name=str(spec.base),
        max_seq_length=spec.max_length,
        **{"load_in_4bit": False, "load_in_8bit": False, "load_in_16bit": False, **how},
        full_finetuning=False,
        use_exact_model_name=True,
        local_files_only=True,
        trust_remote_code=False,
        fast_inference=False,
        use_gradient_checkpointing="unsloth",
        random_state=spec.seed,
    )
    model = FastLanguageModel.get_peft_model(
        base,
        r=spec.rank,
        target_modules=list(spec.targets),
        lora_alpha=spec.alpha,
        lora_dropout=spec.dropout,
        bias="none",
        use_gradient_checkpointing="unsloth",
        random_state=spec.seed,
        use_rslora=False,
        loftq_config=None,
    )
    unfrozen = [name for name, p in model.named_parameters() if p.requires_grad and "lora_" not in name]
    if unfrozen:
        raise TrainingError(f"the base is not frozen: {', '.join(unfrozen[:3])}")
    return Loaded(model, tokenizer, "cuda", dtype, FastLanguageModel.for_inference, FastLanguageModel.for_training)


def _check(precision: str) -> None:
    if not torch.cuda.is_available():
        raise TrainingError("the unsloth backend trains on a GPU, and there is none", fix='train.backend = "trl"')
    if precision != "fp8":
        return
    capability = torch.cuda.get_device_capability()
    if capability < FP8_CAPABILITY:
        raise TrainingError(
            f"fp8 wants a GPU of compute capability {FP8_CAPABILITY[0]}.{FP8_CAPABILITY[1]} (H100) or newer, and this"
            f" one has {capability[0]}.{capability[1]}",
            fix='train.precision = "4bit"',
        )
