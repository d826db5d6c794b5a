"""Do trainer and engine compute the same thing? Checked at every export; a mismatch stops the cycle.

Tokens must be identical. Logits are compared as root-mean-square differences relative to the spread of the base's own
logits, so that one tolerance serves every model. How far apart they may be is measured rather than guessed: the base,
without adapter, already differs between engine and trainer by the rounding of the GGUF's tensor type and of the
engine's KV cache, and the adapter's small float32 matrices cannot add much to that (docs/training.md has the figures).
Where that noise is large, as with a quantized base, the change that the adapter makes must still point the same way.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from loop.errors import ParityError
from loop.inference.engine import Engine
from loop.models.digests import file_sha256, weights_sha256
from loop.training.process import compute_reference
from loop.training.reference import FILE, TEXTS, Reference, ReferenceText, load_reference

BASE_LIMIT = 0.25  # relative RMS: coarse quantization stays below, a swapped or missing tensor is above 0.5
TOLERANCE = 2.0  # times the base's difference; 0.9 was measured for every tensor type
FLOOR = 2e-4  # the least tolerance: float32 sums in another order
EFFECT = 2e-3  # relative RMS: an adapter that moves the logits by less might as well not be there
COSINE = 0.9  # between the changes the adapter makes in engine and PEFT; noise of half the effect leaves 0.89
ARGMAX = 0.05  # share of positions by which the most likely token may agree less than without adapter

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class ParityReport:
    """Differences between engine and PEFT over `positions` positions of `texts` texts.

    max_abs_diff: logits with the adapter, in logits. RMS, relative to the standard deviation of the base's logits:
    adapter_diff (engine and PEFT with adapter), base_diff (without), tolerance (for adapter_diff), adapter_effect
    (engine with adapter and without), expected_effect (the same in PEFT). effect_cosine: between these two changes.
    argmax_agreement, base_argmax_agreement: shares of positions with the same most likely token.
    """

    texts: int
    positions: int
    max_abs_diff: float
    adapter_diff: float
    base_diff: float
    tolerance: float
    adapter_effect: float
    expected_effect: float
    effect_cosine: float
    argmax_agreement: float
    base_argmax_agreement: float


def check_tokens(base_hf: Path, engine: Engine, prompts: Sequence[str]) -> None:
    """The base's tokenizer.json and the engine give the same ids for each text. Raises ParityError.

    The trainer compares transformers' tokenizer with the same file when it starts.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(base_hf / "tokenizer.json"))
    for prompt in prompts:
        _same_tokens(prompt, tokenizer.encode(prompt, add_special_tokens=False).ids, engine.tokenize(prompt))


def check_logits(
    base_hf: Path, adapter_dir: Path, gguf: Path, engine: Engine, texts: Sequence[str] = ()
) -> ParityReport:
    """The engine with `gguf` computes what PEFT computes with the adapter in `adapter_dir`. Raises ParityError.

    `texts` defaults to those kept by the training; any other starts a short process with torch.
    """
    reference = load_reference(adapter_dir / FILE)
    _same_files(reference, base_hf, adapter_dir)
    known = {text.text: text for text in reference.texts}
    unknown = [text for text in texts if text not in known]
    if unknown:
        known |= {text.text: text for text in _compute(base_hf, adapter_dir, unknown).texts}
    return _compare([known[text] for text in texts or known], gguf, engine)


def _same_files(reference: Reference, base_hf: Path, adapter_dir: Path) -> None:
    if reference.adapter_sha256 != file_sha256(adapter_dir / "adapter_model.safetensors"):
        raise ParityError(f"the weights in {adapter_dir} are not those that were trained", fix="train again")
    if reference.base_sha256 != weights_sha256(base_hf):
        raise ParityError(f"{adapter_dir} was trained on another base than {base_hf}", fix="train again on this base")


def _compare(texts: Sequence[ReferenceText], gguf: Path, engine: Engine) -> ParityReport:
    ours, ours_base = [], []
    for text in texts:
        ids = [token for part in text.parts for token in engine.tokenize(part)]
        _same_tokens(text.text, text.tokens, ids[: len(text.tokens)])
        at = list(text.positions)
        ours_base.append(np.asarray(engine.logits(text.tokens, None), dtype=np.float32)[at])
        ours.append(np.asarray(engine.logits(text.tokens, gguf), dtype=np.float32)[at])
    adapter, base = np.concatenate(ours), np.concatenate(ours_base)
    wanted, wanted_base = (np.concatenate([getattr(text, name) for text in texts]) for name in ("adapter", "base"))
    if adapter.shape != wanted.shape:
        raise ParityError(f"the engine has {adapter.shape[1]} logits a token and the trainer {wanted.shape[1]}")
    report = measure(adapter, base, wanted, wanted_base, len(texts))
    judge(report)
    return report


def measure(adapter: Array, base: Array, wanted: Array, wanted_base: Array, texts: int) -> ParityReport:
    """The engine's logits and those wanted, each (positions, vocabulary)."""
    spread = float(wanted_base.std())
    base_diff = _rms(base - wanted_base) / spread
    change, wanted_change = adapter - base, wanted - wanted_base
    norms = _rms(change) * _rms(wanted_change)
    return ParityReport(
        texts=texts,
        positions=len(wanted),
        max_abs_diff=float(np.abs(adapter - wanted).max()),
        adapter_diff=_rms(adapter - wanted) / spread,
        base_diff=base_diff,
        tolerance=max(FLOOR, TOLERANCE * base_diff),
        adapter_effect=_rms(change) / spread,
        expected_effect=_rms(wanted_change) / spread,
        effect_cosine=float(np.mean(change * wanted_change, dtype=np.float64)) / norms if norms else 0.0,
        argmax_agreement=float((adapter.argmax(1) == wanted.argmax(1)).mean()),
        base_argmax_agreement=float((base.argmax(1) == wanted_base.argmax(1)).mean()),
    )


def judge(report: ParityReport) -> None:
    """Raises ParityError for what is out of bounds. Comparisons are written so that a NaN fails them."""
    if not report.base_diff <= BASE_LIMIT:
        raise ParityError(
            f"without an adapter, the engine's logits differ from the trainer's by {report.base_diff:.2g} of their"
            f" spread (at most {BASE_LIMIT:g})",
            fix="delete the base's GGUF under LOOP_HOME/models, so that it is made again",
        )
    if not report.expected_effect >= EFFECT:
        raise ParityError(
            f"the adapter has no effect: it moves PEFT's logits by {report.expected_effect:.2g} of their spread"
            f" (at least {EFFECT:g})",
            fix="train for longer or with a higher learning rate",
        )
    if not report.adapter_effect >= EFFECT:
        raise ParityError(
            f"the exported adapter has no effect in the engine ({report.adapter_effect:.2g} of the logits' spread;"
            f" in PEFT {report.expected_effect:.2g})",
            fix="export the adapter again",
        )
    agreement = report.base_argmax_agreement - ARGMAX - 2 / report.positions
    if not (
        report.adapter_diff <= report.tolerance
        and report.effect_cosine >= COSINE
        and report.argmax_agreement >= agreement
    ):
        raise ParityError(
            f"with the adapter, the engine's logits differ from PEFT's by {report.adapter_diff:.2g} of their spread (at"
            f" most {report.tolerance:.2g}), {report.max_abs_diff:.3g} at worst; the adapter's changes have cosine"
            f" {report.effect_cosine:.2f} (at least {COSINE:g}); the most likely token agrees at"
            f" {report.argmax_agreement:.1%} of the positions (at least {agreement:.1%})",
            fix="export the adapter again; do not deploy this file",
        )


def _compute(base_hf: Path, adapter_dir: Path, texts: Sequence[str]) -> Reference:
    with tempfile.TemporaryDirectory() as scratch:
        wanted, out = Path(scratch) / TEXTS, Path(scratch) / FILE
        wanted.write_text(json.dumps([[text] for text in texts]), encoding="utf-8")
        compute_reference(base_hf, adapter_dir, wanted, out, Path(scratch))
        return load_reference(out)


def _same_tokens(text: str, trainer: Sequence[int], engine: Sequence[int]) -> None:
    if list(trainer) == list(engine):
        return
    at = next(
        (i for i, (a, b) in enumerate(zip(trainer, engine, strict=False)) if a != b), min(len(trainer), len(engine))
    )
    raise ParityError(
        f"trainer and engine tokenise differently from token {at} on: {list(trainer[at : at + 5])} and"
        f" {list(engine[at : at + 5])}, in {text[:60]!r}",
        fix="delete the base's GGUF under LOOP_HOME/models, so that it is made again",
    )


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
