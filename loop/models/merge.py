"""An adapter merged into its base: W + alpha / rank * B A, as a model of its own in Hugging Face layout.

The loop itself never trains on one (adapters train from the frozen base); studies do, to measure what that would cost.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np

from loop.errors import ModelError
from loop.models.safetensors_file import open_weights

NAME = re.compile(r"base_model\.model\.(.+)\.lora_A\.weight")


def merge_adapter(base: Path, adapter: Path, out: Path) -> Path:
    """Writes `base` with the LoRA in `adapter` (PEFT layout) added to `out`, as float32; appears in one rename.

    Raises ModelError when the adapter names a matrix that the base does not have.
    """
    from safetensors.numpy import load_file, save_file

    config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    scale = config["lora_alpha"] / config["r"]
    halves = load_file(adapter / "adapter_model.safetensors")
    weights = {name: tensor.read() for name, tensor in open_weights(base).items()}
    for name, a in halves.items():
        found = NAME.fullmatch(name)
        if found is None:
            continue
        target = f"{found[1]}.weight"
        if target not in weights:
            raise ModelError(
                f"{adapter} adapts {target}, which {base} does not have", fix="name the adapter's own base"
            )
        b = halves[name.replace("lora_A", "lora_B")]
        weights[target] = (weights[target] + scale * (b.astype(np.float32) @ a.astype(np.float32))).astype(np.float32)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for file in base.iterdir():
        if file.suffix != ".safetensors" and file.name not in ("MANIFEST.json", "model.safetensors.index.json"):
            shutil.copy2(file, partial / file.name)
    save_file({name: np.ascontiguousarray(w) for name, w in weights.items()}, partial / "model.safetensors")
    described = json.loads((partial / "config.json").read_text(encoding="utf-8"))
    described.pop("torch_dtype", None)
    (partial / "config.json").write_text(
        json.dumps({**described, "dtype": "float32"}, indent=2) + "\n", encoding="utf-8"
    )
    shutil.rmtree(out, ignore_errors=True)
    partial.replace(out)
    return out
