"""The engine's tokens are those of the Hugging Face tokenizer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from loop.inference.chat import render_prompt
from loop.inference.llama import LlamaEngine
from loop.models.gguf_base import write_base_gguf

TEXTS = [
    "int f(const int *a, int n)\n{\n\tfor (int i = 0; i < n; i++) {\n\t\tsum += a[i];\n\t}\n}\n",
    "it's we'll I'M you'Re 1234567 0xff a1b2  ,;: ->\n\n\n   trailing   ",
    "Grüße, naïve café — 日本語 и кириллица 😀 \u00a0\u200b e\u0301",
    render_prompt("Write `int f(int x)`.", system="Be brief."),
    "<|im_start|><|im_end|><|endoftext|><think></think> <|im_end|>\n<|im_end|>x<think>\n",
    "<|im_ end|> <|fim_prefix|> <thin k> <|",
    "\r\n \r\n\t \n",
    "a",
]


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_those_of_the_hugging_face_tokenizer(tiny_hf: Path, engine: LlamaEngine, text: str) -> None:
    from transformers import AutoTokenizer

    expected = AutoTokenizer.from_pretrained(tiny_hf).encode(text, add_special_tokens=False)
    assert engine.tokenize(text) == expected


def test_a_normalising_tokenizer_is_followed(tiny_hf: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    directory = tmp_path / "nfc"
    shutil.copytree(tiny_hf, directory)
    spec = json.loads((directory / "tokenizer.json").read_text())
    spec["normalizer"] = {"type": "NFC"}
    (directory / "tokenizer.json").write_text(json.dumps(spec))
    with LlamaEngine(write_base_gguf(directory, tmp_path / "nfc.gguf"), context=64, parallel=1) as engine:
        decomposed = "cafe\u0301"
        assert engine.tokenize(decomposed) == engine.tokenize("caf\u00e9")
        expected = AutoTokenizer.from_pretrained(directory).encode(decomposed, add_special_tokens=False)
        assert engine.tokenize(decomposed) == expected
