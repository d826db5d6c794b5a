"""A Qwen byte-level BPE tokenizer (tokenizer.json) as GGUF metadata.

llama.cpp re-implements the tokenizer by name ("gpt2" with the "qwen2" split). A tokenizer that splits or normalises
otherwise would give other tokens without a word, so anything else is refused here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.errors import ModelError

if TYPE_CHECKING:
    from gguf import GGUFWriter

QWEN2_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
NORMALIZER_KEY = "loop.tokenizer.normalizer"  # llama.cpp does not normalise; the engine does, when this says NFC


def add_tokenizer(writer: GGUFWriter, directory: Path, vocab_size: int) -> None:
    """Adds tokens, merges, token types, special ids and the chat template. Raises ModelError."""
    from gguf import TokenType

    spec = _load(directory / "tokenizer.json")
    config = _load(directory / "tokenizer_config.json")
    _require_qwen_bpe(spec, directory)
    ids: dict[str, int] = dict(spec["model"]["vocab"])
    types = dict.fromkeys(ids.values(), TokenType.NORMAL)
    for added in spec.get("added_tokens", []):
        ids[added["content"]] = added["id"]
        types[added["id"]] = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
    if max(types) >= vocab_size:
        raise ModelError(
            f"{directory}: the tokenizer has token {max(types)}, the model only {vocab_size} embeddings",
            fix="use the tokenizer.json that belongs to these weights",
        )
    tokens = [f"[PAD{i}]" for i in range(vocab_size)]  # Qwen3's embedding has more rows than there are tokens
    for text, token in ids.items():
        tokens[token] = text
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([types.get(i, TokenType.UNUSED) for i in range(vocab_size)])
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in spec["model"]["merges"]])
    writer.add_add_bos_token(False)
    writer.add_string(NORMALIZER_KEY, (spec.get("normalizer") or {}).get("type", ""))
    _add_special_ids(writer, config, ids, directory)
    template = _chat_template(directory, config)
    if template:
        writer.add_chat_template(template)


def _add_special_ids(writer: GGUFWriter, config: dict[str, Any], ids: dict[str, int], directory: Path) -> None:
    def token_id(key: str) -> int | None:
        token = config.get(key)
        return ids.get(token["content"] if isinstance(token, dict) else token) if token else None

    eos = token_id("eos_token")
    if eos is None:
        raise ModelError(f"{directory}/tokenizer_config.json names no eos_token", fix="add the end-of-turn token there")
    pad = token_id("pad_token")
    writer.add_eos_token_id(eos)
    writer.add_pad_token_id(eos if pad is None else pad)
    # Qwen has no BOS; llama.cpp wants an id all the same and add_bos_token=False keeps it out of prompts.
    bos = token_id("bos_token")
    writer.add_bos_token_id(ids.get("<|endoftext|>", eos) if bos is None else bos)


def _require_qwen_bpe(spec: dict[str, Any], directory: Path) -> None:
    def refuse(what: str) -> ModelError:
        return ModelError(f"{directory}/tokenizer.json: {what}", fix="use a model with Qwen2/Qwen3's byte-level BPE")

    if spec["model"].get("type") != "BPE":
        raise refuse(f"the tokenizer is {spec['model'].get('type')}, not BPE")
    if spec["model"].get("ignore_merges") or spec["model"].get("dropout"):
        raise refuse("ignore_merges or dropout is set")
    normalizer = spec.get("normalizer")
    if normalizer and normalizer["type"] != "NFC":
        raise refuse(f"normalizer {normalizer['type']} is not supported")
    pre = spec.get("pre_tokenizer") or {}
    steps = pre.get("pretokenizers", [pre])
    kinds = [step.get("type") for step in steps]
    if kinds != ["Split", "ByteLevel"] or steps[0]["pattern"].get("Regex") != QWEN2_SPLIT:
        raise refuse("text is not split as Qwen2 splits it")
    if steps[1].get("add_prefix_space") or steps[1].get("use_regex"):
        raise refuse("ByteLevel adds a space or splits by a rule of its own")


def _chat_template(directory: Path, config: dict[str, Any]) -> str:
    file = directory / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    template = config.get("chat_template", "")
    return template if isinstance(template, str) else ""


def _load(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"missing: {path}", fix="copy the model's whole directory again") from error
    except ValueError as error:
        raise ModelError(f"not JSON: {path} ({error})", fix="copy the file again") from error
    if not isinstance(value, dict):
        raise ModelError(f"not a JSON object: {path}", fix="copy the file again")
    return value
