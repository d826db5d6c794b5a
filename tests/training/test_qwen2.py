"""A base of another architecture, Qwen2.5's, goes the whole way: asked in its own format, trained, compared."""

from __future__ import annotations

import json
from pathlib import Path

from loop.home import Home
from loop.inference.chat import render_completion, render_prompt
from loop.inference.llama import LlamaEngine
from loop.models import catalogue
from loop.training.parity import check_logits, check_tokens
from loop.training.process import ProcessTrainer
from loop.training.trainer import TrainSpec
from tests.support.tiny_qwen3 import make_tiny_qwen3


def test_an_adapter_for_qwen2_does_in_the_engine_what_it_did_in_training(tmp_path: Path, home: Home) -> None:
    base = catalogue.resolve(str(make_tiny_qwen3(tmp_path / "base", model_type="qwen2")), home)
    style = catalogue.chat_style(catalogue.describe(str(base.hf_dir)))
    assert style == "qwen2"
    prompts = [render_prompt(f"Is file {number} relevant?", style=style) for number in range(24)]
    assert all("think" not in prompt and "You are Qwen" in prompt for prompt in prompts)
    answers = [render_completion("yes" if number % 2 else "no") for number in range(24)]
    pairs = zip(prompts, answers, strict=True)
    rows = [{"prompt": prompt, "completion": answer, "sample_id": answer} for prompt, answer in pairs]
    examples = tmp_path / "rows.jsonl"
    examples.write_text("".join(json.dumps(row) + "\n" for row in rows))
    spec = TrainSpec(
        base=base.hf_dir, examples=examples, out=tmp_path / "a", seed=3, rank=4, alpha=8, epochs=3, learning_rate=1e-2
    )
    trained = ProcessTrainer().train(spec, lambda fraction, text: None)
    with LlamaEngine(base.gguf, context=512, parallel=1, threads=1) as engine:
        check_tokens(base.hf_dir, engine, prompts[:2])
        report = check_logits(base.hf_dir, spec.out, trained.gguf, engine)
    assert report.adapter_effect > 0.01
