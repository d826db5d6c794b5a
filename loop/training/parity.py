"""Do trainer and engine compute the same thing? Checked at every export; a mismatch stops the cycle.

Tokens must be identical. Logits are compared as root-mean-square differences relative to the spread of the base's own
logits, so that one tolerance serves every model. How far apart they may be is measured rather than guessed: the base,
without adapter, already differs between engine and trainer by the rounding of the GGUF's tensor type and of the
engine's KV cache (float16), and the adapter's small float32 matrices cannot add much to that. A base that differs by
more than any type in service explains is a broken conversion.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from loop.errors import ParityError
from loop.inference.engine import Engine
from loop.training.base_weights import file_sha256, weights_sha256
from loop.training.reference import FILE, Reference, ReferenceText, load_reference
from loop.training.sft import environment

BASE_LIMIT = 0.05  # relative RMS; bfloat16 and Q8_0 stay below, a swapped or missing tensor is above 0.5
TOLERANCE = 4.0  # times the base's difference
FLOOR = 1e-3  # the tolerance where the base agrees almost exactly: float16 rounding of the KV cache
EFFECT = 2.0  # times the tolerance: an adapter that moves the logits by less cannot be told from none
ARGMAX = 0.95  # share of positions with the same most likely token

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class ParityReport:
    """Differences between engine and PEFT over `positions` positions of `texts` texts.

    max_abs_diff: logits with the adapter, in logits. The others but argmax_agreement (a share) are RMS, relative to the
    standard deviation of the base's logits: adapter_diff (engine and PEFT with adapter), base_diff (without),
    adapter_effect (engine with adapter and without), expected_effect (the same in PEFT), tolerance (for adapter_diff).
    """

    texts: int
    positions: int
    max_abs_diff: float
    adapter_diff: float
    base_diff: float
    adapter_effect: float
    expected_effect: float
    argmax_agreement: float
    tolerance: float


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
    spread = float(wanted_base.std())
    base_diff = _rms(base - wanted_base) / spread
    report = ParityReport(
        texts=len(texts),
        positions=len(wanted),
        max_abs_diff=float(np.abs(adapter - wanted).max()),
        adapter_diff=_rms(adapter - wanted) / spread,
        base_diff=base_diff,
        adapter_effect=_rms(adapter - base) / spread,
        expected_effect=_rms(wanted - wanted_base) / spread,
        argmax_agreement=float((adapter.argmax(1) == wanted.argmax(1)).mean()),
        tolerance=max(FLOOR, TOLERANCE * base_diff),
    )
    _judge(report)
    return report


def _judge(report: ParityReport) -> None:
    """Comparisons are written so that a NaN fails them."""
    if not report.base_diff <= BASE_LIMIT:
        raise ParityError(
            f"without an adapter, the engine's logits differ from the trainer's by {report.base_diff:.2g} of their"
            f" spread (at most {BASE_LIMIT:g})",
            fix="delete the base's GGUF under LOOP_HOME/models, so that it is made again",
        )
    if not report.expected_effect >= EFFECT * report.tolerance:
        raise ParityError(
            f"the adapter has no effect: it moves PEFT's logits by {report.expected_effect:.2g} of their spread"
            f" (at least {EFFECT * report.tolerance:.2g})",
            fix="train for longer or with a higher learning rate",
        )
    if not report.adapter_effect >= EFFECT * report.tolerance:
        raise ParityError(
            f"the exported adapter has no effect in the engine ({report.adapter_effect:.2g} of the logits' spread;"
            f" in PEFT {report.expected_effect:.2g})",
            fix="export the adapter again",
        )
    if not (report.adapter_diff <= report.tolerance and report.argmax_agreement >= ARGMAX):
        raise ParityError(
            f"with the adapter, the engine's logits differ from PEFT's by {report.adapter_diff:.2g} of their spread (at"
            f" most {report.tolerance:.2g}), {report.max_abs_diff:.3g} at worst; the most likely token agrees at"
            f" {report.argmax_agreement:.1%} of the positions (at least {ARGMAX:.0%})",
            fix="export the adapter again; do not deploy this file",
        )


def _compute(base_hf: Path, adapter_dir: Path, texts: Sequence[str]) -> Reference:
    with tempfile.TemporaryDirectory() as scratch:
        wanted, out = Path(scratch) / "texts.json", Path(scratch) / FILE
        wanted.write_text(json.dumps([[text] for text in texts]), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "loop.training.peft_logits"]
        command += [str(path.absolute()) for path in (base_hf, adapter_dir, wanted, out)]
        done = subprocess.run(command, env=environment(Path(scratch)), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ParityError(f"PEFT's logits could not be computed:\n{done.stderr[-1500:]}", fix="loop doctor")
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
