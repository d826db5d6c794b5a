"""A tokenizer as large as Qwen's, without Qwen's: for models of a real shape and random weights.

The byte-level BPE, the way text is cut before it and the special tokens with their ids are Qwen's. The first merges are
learnt from the C that comes with the package; nothing near 151,643 can be learnt from that, so the rest joins pairs of
the words that were learnt: entries that cost what real ones cost and hardly ever meet in a text.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.errors import ModelError
from loop.inference.chat import CHAT_TEMPLATE, DOCUMENT_END, QWEN2_TEMPLATE, THINK_END, THINK_START, TURN_END, ChatStyle
from loop.models.gguf_tokenizer import QWEN2_SPLIT

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MERGED = 151_643  # tokens that are bytes or merges; the added ones follow
# In the order of their ids. The last two are Qwen3's own; Qwen2.5 ends before <tool_response>.
SPECIAL = (
    *(DOCUMENT_END, "<|im_start|>", TURN_END, "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>"),
    *("<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>"),
    *("<|image_pad|>", "<|video_pad|>"),
)
ADDED = (
    *("<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>"),
    *("<|repo_name|>", "<|file_sep|>"),
)
QWEN3_ADDED = ("<tool_response>", "</tool_response>", THINK_START, THINK_END)

Merge = tuple[str, str]


def write_tokenizer(directory: Path, style: ChatStyle, texts: Sequence[str], *, context: int) -> None:
    """tokenizer.json and tokenizer_config.json. `texts`: what the first merges are learnt from.

    Raises ModelError when the texts hold too few words to fill the vocabulary.
    """
    build_tokenizer(style, texts).save(str(directory / "tokenizer.json"))
    config = {
        "add_prefix_space": False,
        "bos_token": None,
        "chat_template": CHAT_TEMPLATE if style == "qwen3" else QWEN2_TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "eos_token": TURN_END,
        "model_max_length": context,
        "pad_token": DOCUMENT_END,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": None,
    }
    (directory / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def build_tokenizer(style: ChatStyle, texts: Sequence[str]) -> Tokenizer:
    """The tokenizer itself; the same for the same texts."""
    from tokenizers import AddedToken, Tokenizer, models

    learnt = json.loads(_train(texts).to_str())["model"]
    vocabulary: dict[str, int] = learnt["vocab"]
    merges: list[Merge] = [(one, other) for one, other in learnt["merges"]]
    fillers = itertools.islice(_fillers(vocabulary), MERGED - len(vocabulary))
    for one, other in list(fillers):
        vocabulary[one + other] = len(vocabulary)
        merges.append((one, other))
    if len(vocabulary) < MERGED:
        raise ModelError(f"too few words were learnt: {len(vocabulary)} tokens of {MERGED}", fix="give more text")
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    _cut_as_qwen(tokenizer)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    added = ADDED + (QWEN3_ADDED if style == "qwen3" else ())
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in added])
    return tokenizer


def _train(texts: Sequence[str]) -> Tokenizer:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    _cut_as_qwen(tokenizer)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=MERGED, initial_alphabet=alphabet, show_progress=False)
    )
    return tokenizer


def _cut_as_qwen(tokenizer: Any) -> None:
    from tokenizers import Regex, decoders, normalizers, pre_tokenizers

    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2_SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()


def _fillers(vocabulary: dict[str, int]) -> Iterator[Merge]:
    """Pairs of learnt words whose join is new, the earliest learnt first: every pair once."""
    ordered = sorted(vocabulary, key=vocabulary.__getitem__)
    tails = [token for token in ordered if len(token) > 1 and token.isascii() and token.isalpha()]
    heads = [token for token in ordered if len(token) > 1 and token.removeprefix("Ġ") in vocabulary and _word(token)]
    seen = set(vocabulary)
    for total in range(len(heads) + len(tails) - 1):
        for i in range(max(0, total - len(tails) + 1), min(total + 1, len(heads))):
            joined = heads[i] + tails[total - i]
            if joined not in seen:
                seen.add(joined)
                yield heads[i], tails[total - i]


def _word(token: str) -> bool:
    """Letters, with or without the space before them ("Ġ" is how byte-level BPE writes it)."""
    letters = token.removeprefix("Ġ")
    return letters.isascii() and letters.isalpha()
