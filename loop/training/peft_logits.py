"""Runs PEFT to fill a Reference. Imports torch: only for worker processes.

`python -m loop.training.peft_logits BASE ADAPTER_DIR TEXTS.json OUT.npz` does so for an adapter on disk: when texts are
to be compared that its training did not foresee, and after a training whose own base was quantized. The engine has the
base as it is stored, so that is what is loaded. TEXTS.json: a list of lists of strings, tokenised apart and joined.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from loop.models.digests import file_sha256, weights_sha256
from loop.models.gguf_base import load_config
from loop.models.shapes import shape_of
from loop.training.devices import free_memory
from loop.training.reference import Reference, ReferenceText, compared, save_reference
from loop.training.tokens import encoder

ROOM = 1.5  # times the weights in float32, which must be free for them; else they stay in bfloat16
ADAPTER_WEIGHTS = "adapter_model.safetensors"


def reference_of(
    model: Any,
    encode: Callable[[Sequence[str]], list[list[int]]],
    texts: Sequence[tuple[str, ...]],
    base: Path,
    out: Path,
) -> Reference:
    """Logits of `model` (a PeftModel whose adapter is saved in `out`) with the adapter and without, in float32."""
    model.eval()
    found = []
    for parts in texts:
        tokens = [token for ids in encode(parts) for token in ids]
        kept, positions = compared(len(tokens), model.get_base_model().config.vocab_size)
        ids = torch.tensor([tokens[:kept]], device=model.device)
        with torch.inference_mode():
            adapter = _logits(model, ids, positions)
            with model.disable_adapter():
                base_logits = _logits(model, ids, positions)
        found.append(ReferenceText(parts, tuple(tokens[:kept]), positions, base_logits, adapter))
    return Reference(file_sha256(out / ADAPTER_WEIGHTS), weights_sha256(base), tuple(found))


def _logits(model: Any, ids: torch.Tensor, positions: tuple[int, ...]) -> Any:
    logits = model(input_ids=ids, use_cache=False, logits_to_keep=len(positions)).logits
    return logits[0].float().cpu().numpy()


def write_texts(texts: Sequence[tuple[str, ...]], path: Path) -> None:
    path.write_text(json.dumps([list(parts) for parts in texts]), encoding="utf-8")


def placed(parameters: int, free_on_card: int, free: int) -> tuple[str, torch.dtype]:
    """Where a base of so many parameters is loaded, and as what. free_on_card: 0 without one; both in bytes."""
    device, room = ("cuda", free_on_card) if free_on_card else ("cpu", free)
    return device, torch.float32 if room >= ROOM * 4 * parameters else torch.bfloat16


def main(base: Path, adapter: Path, texts: Path, out: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    parameters = shape_of(load_config(base)).parameters
    on_card = torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else 0
    device, dtype = placed(parameters, on_card, free_memory())
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
    frozen: Any = AutoModelForCausalLM.from_pretrained(base, dtype=dtype, local_files_only=True)
    model = PeftModel.from_pretrained(frozen.to(device), adapter)
    wanted = [tuple(parts) for parts in json.loads(texts.read_text(encoding="utf-8"))]
    save_reference(reference_of(model, encoder(tokenizer), wanted, base, adapter), out)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:5]))
