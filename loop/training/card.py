"""What an adapter is and where it came from, beside its weights: card.json for programs, README.md for people."""

from __future__ import annotations

import json
import re
from pathlib import Path

from loop.models.digests import file_sha256, weights_sha256
from loop.training.card_text import SHOWN, adapter_title, origin, table
from loop.training.export import FILE
from loop.training.job import PATHS, spec_fields
from loop.training.trainer import TrainSpec


def write_card(spec: TrainSpec, backend: str, metrics: dict[str, object], out: Path) -> None:
    """Needs adapter.gguf in `out`. Paths stay out of the card: base and examples are named by hash."""
    manifest = spec.examples.stem if re.fullmatch(r"[0-9a-f]{64}", spec.examples.stem) else None
    card: dict[str, object] = {
        "adapter_sha256": file_sha256(out / FILE),
        "base": spec.base.name,
        "base_sha256": weights_sha256(spec.base),
        "dataset": manifest,
        "examples_sha256": file_sha256(spec.examples),
        "method": f"LoRA from the frozen base, {spec.method} ({backend})",
        "hyperparameters": {name: value for name, value in spec_fields(spec).items() if name not in PATHS},
        "metrics": metrics,
    }
    (out / "card.json").write_text(json.dumps(card, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    (out / "README.md").write_text(_markdown(card), encoding="utf-8")


def _markdown(card: dict[str, object]) -> str:
    metrics, parameters = card["metrics"], card["hyperparameters"]
    assert isinstance(metrics, dict) and isinstance(parameters, dict)
    lines = [
        f"# {adapter_title(str(card['adapter_sha256']))}",
        "",
        f"{card['method']}. Runs on llama.cpp (`adapter.gguf`) and PEFT (`adapter_model.safetensors`).",
        "",
        *origin(card["base"], card["base_sha256"], card["dataset"], str(card["examples_sha256"])),
        "",
        *table("hyperparameter", parameters),
        "",
        *table("measured", {name: metrics[name] for name in SHOWN if name in metrics}),
    ]
    return "\n".join(lines) + "\n"
