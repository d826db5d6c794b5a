"""The exported GGUF against PEFT, in the real engine, and exports that are wrong."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from loop.errors import ParityError, TrainingError
from loop.inference.llama import LlamaEngine
from loop.training.export import export_gguf
from loop.training.parity import check_logits, check_tokens, judge
from loop.training.reference import FILE, compared, load_reference, save_reference, spread
from loop.training.trainer import TrainResult, TrainSpec

Trained = tuple[TrainSpec, TrainResult]
WEIGHTS = "adapter_model.safetensors"
LAYER = "base_model.model.model.layers.{}.self_attn.q_proj.lora_{}.weight"


@pytest.fixture
def copied(trained: Trained, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained[1].out, tmp_path / "copy"))


def test_the_export_computes_what_peft_computes(trained: Trained, engine: LlamaEngine) -> None:
    spec, result = trained
    report = check_logits(spec.base, result.out, result.gguf, engine)
    assert report.adapter_diff < 1e-4 and report.max_abs_diff < 5e-3
    assert report.argmax_agreement == 1.0
    assert report.adapter_effect == pytest.approx(report.expected_effect, rel=1e-3)
    assert report.adapter_effect > 0.05
    assert report.texts >= 6 and report.positions > 500


def test_texts_the_training_did_not_foresee_are_computed_by_peft_anew(trained: Trained, engine: LlamaEngine) -> None:
    spec, result = trained
    kept = load_reference(result.out / FILE).texts[0].text
    report = check_logits(spec.base, result.out, result.gguf, engine, [kept, "int count(const char *s, char c)"])
    assert report.texts == 2 and report.adapter_diff < 1e-4


def test_the_rows_a_cycle_compares_are_those_the_training_kept(trained: Trained) -> None:
    spec, result = trained
    rows = [json.loads(line) for line in spec.examples.read_text().splitlines()]
    kept = [text.text for text in load_reference(result.out / FILE).texts]
    assert kept == [row["prompt"] + row["completion"] for row in spread(rows)]


def test_the_same_adapter_exports_to_the_same_bytes(trained: Trained, tmp_path: Path) -> None:
    spec, result = trained
    again = export_gguf(result.out, spec.base, tmp_path / "elsewhere.gguf")
    assert again.read_bytes() == result.gguf.read_bytes()


def test_an_export_with_two_layers_swapped_is_caught(trained: Trained, engine: LlamaEngine, copied: Path) -> None:
    spec, result = trained
    tensors = load_file(copied / WEIGHTS)
    first, second = LAYER.format(0, "A"), LAYER.format(1, "A")
    tensors[first], tensors[second] = tensors[second], tensors[first]
    save_file(tensors, copied / WEIGHTS)
    wrong = export_gguf(copied, spec.base, copied / "wrong.gguf")
    with pytest.raises(ParityError, match="logits differ from PEFT's"):
        check_logits(spec.base, result.out, wrong, engine)


def test_an_export_of_another_scale_is_caught(trained: Trained, engine: LlamaEngine, copied: Path) -> None:
    spec, result = trained
    config = json.loads((copied / "adapter_config.json").read_text())
    (copied / "adapter_config.json").write_text(json.dumps({**config, "lora_alpha": 1.1 * config["lora_alpha"]}))
    wrong = export_gguf(copied, spec.base, copied / "wrong.gguf")
    with pytest.raises(ParityError, match="logits differ from PEFT's"):
        check_logits(spec.base, result.out, wrong, engine)


def test_an_adapter_without_effect_is_caught(trained: Trained, engine: LlamaEngine, copied: Path) -> None:
    spec, result = trained
    tensors = {name: np.zeros_like(t) if "lora_B" in name else t for name, t in load_file(copied / WEIGHTS).items()}
    save_file(tensors, copied / WEIGHTS)
    wrong = export_gguf(copied, spec.base, copied / "wrong.gguf")
    with pytest.raises(ParityError, match="no effect in the engine"):
        check_logits(spec.base, result.out, wrong, engine)


def test_a_training_without_effect_is_caught(trained: Trained, engine: LlamaEngine) -> None:
    spec, result = trained
    report = check_logits(spec.base, result.out, result.gguf, engine)
    with pytest.raises(ParityError, match=r"moves PEFT's logits by 0\.001"):
        judge(dataclasses.replace(report, expected_effect=0.001))
    with pytest.raises(ParityError, match="without an adapter"):
        judge(dataclasses.replace(report, base_diff=float("nan")))


def test_weights_changed_after_training_are_caught(trained: Trained, engine: LlamaEngine, copied: Path) -> None:
    (copied / WEIGHTS).write_bytes((copied / WEIGHTS).read_bytes()[:-1] + b"\x7f")
    with pytest.raises(ParityError, match="not those that were trained"):
        check_logits(trained[0].base, copied, copied / "adapter.gguf", engine)


def test_an_adapter_of_another_base_is_caught(trained: Trained, engine: LlamaEngine, copied: Path) -> None:
    reference = load_reference(copied / FILE)
    save_reference(dataclasses.replace(reference, base_sha256="0" * 64), copied / FILE)
    with pytest.raises(ParityError, match="another base"):
        check_logits(trained[0].base, copied, copied / "adapter.gguf", engine)


def test_a_missing_reference_is_caught(trained: Trained, engine: LlamaEngine, copied: Path) -> None:
    (copied / FILE).write_bytes((copied / FILE).read_bytes()[:100])
    with pytest.raises(ParityError, match="no reference logits"):
        check_logits(trained[0].base, copied, copied / "adapter.gguf", engine)


def test_tokens_of_trainer_and_engine_are_compared(base: Path, engine: LlamaEngine, tmp_path: Path) -> None:
    text = "<|im_start|>user\nthe sum of the odd elements\n<|im_end|>\n"
    check_tokens(base, engine, [text])
    tokenizer = json.loads((base / "tokenizer.json").read_text())
    tokenizer["model"]["merges"] = tokenizer["model"]["merges"][:10]
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(ParityError, match=r"tokenise differently from token \d+"):
        check_tokens(tmp_path, engine, [text])


def test_tokens_of_the_training_itself_are_compared(trained: Trained, engine: LlamaEngine, copied: Path) -> None:
    reference = load_reference(copied / FILE)
    text = reference.texts[0]
    wrong = dataclasses.replace(text, tokens=(*text.tokens[:5], text.tokens[5] + 1, *text.tokens[6:]))
    save_reference(dataclasses.replace(reference, texts=(wrong,)), copied / FILE)
    with pytest.raises(ParityError, match="tokenise differently from token 5"):
        check_logits(trained[0].base, copied, copied / "adapter.gguf", engine)


@pytest.mark.parametrize(("key", "value"), [("use_dora", True), ("use_rslora", True), ("rank_pattern", {"q_proj": 2})])
def test_what_a_gguf_lora_cannot_express_is_refused(trained: Trained, copied: Path, key: str, value: object) -> None:
    config = json.loads((copied / "adapter_config.json").read_text())
    (copied / "adapter_config.json").write_text(json.dumps({**config, key: value}))
    with pytest.raises(TrainingError, match=key):
        export_gguf(copied, trained[0].base, copied / "refused.gguf")


def test_half_a_pair_is_refused(trained: Trained, copied: Path) -> None:
    tensors = load_file(copied / WEIGHTS)
    del tensors[LAYER.format(1, "B")]
    save_file(tensors, copied / WEIGHTS)
    with pytest.raises(TrainingError, match=r"has no blk\.1\.attn_q\.weight\.lora_b"):
        export_gguf(copied, trained[0].base, copied / "refused.gguf")


def test_a_large_vocabulary_keeps_few_positions() -> None:
    assert compared(150, 512) == (150, tuple(range(150)))
    kept, positions = compared(400, 151_936)
    assert kept == 105 and positions == tuple(range(99, 105))
