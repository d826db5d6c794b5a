"""An adapter merged into its base computes what base and adapter compute together."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from loop.errors import ModelError
from loop.models.merge import merge_adapter
from loop.models.safetensors_file import open_weights
from tests.support.tiny_qwen3 import make_tiny_qwen3

safetensors = pytest.importorskip("safetensors.numpy")
PREFIX = "base_model.model.model.layers.0.self_attn.q_proj"


def make_adapter(base: Path, out: Path, name: str = PREFIX) -> Path:
    shape = open_weights(base)["model.layers.0.self_attn.q_proj.weight"].shape
    rng = np.random.default_rng(1)
    out.mkdir()
    halves = {
        f"{name}.lora_A.weight": rng.normal(size=(2, shape[1])).astype(np.float32),
        f"{name}.lora_B.weight": rng.normal(size=(shape[0], 2)).astype(np.float32),
    }
    safetensors.save_file(halves, out / "adapter_model.safetensors")
    (out / "adapter_config.json").write_text(json.dumps({"r": 2, "lora_alpha": 4, "peft_type": "LORA"}))
    return out


def test_only_what_is_adapted_changes_and_by_alpha_over_rank_times_the_product(tmp_path: Path) -> None:
    base = make_tiny_qwen3(tmp_path / "base")
    adapter = make_adapter(base, tmp_path / "adapter")
    merged = merge_adapter(base, adapter, tmp_path / "merged")
    before, after = open_weights(base), open_weights(merged)
    halves = safetensors.load_file(adapter / "adapter_model.safetensors")
    added = 2.0 * halves[f"{PREFIX}.lora_B.weight"] @ halves[f"{PREFIX}.lora_A.weight"]
    assert before.keys() == after.keys()
    for name in before:
        change = after[name].read() - before[name].read()
        if name == "model.layers.0.self_attn.q_proj.weight":
            assert np.allclose(change, added, atol=1e-5)
        else:
            assert not change.any(), name
    assert sorted(p.name for p in merged.iterdir()) == sorted(p.name for p in base.iterdir())


def test_an_adapter_of_another_model_is_refused(tmp_path: Path) -> None:
    base = make_tiny_qwen3(tmp_path / "base")
    adapter = make_adapter(base, tmp_path / "adapter", PREFIX.replace("layers.0", "layers.99"))
    with pytest.raises(ModelError, match=r"layers\.99"):
        merge_adapter(base, adapter, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_merging_needs_no_torch() -> None:
    code = "import sys; import loop.models.merge; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
