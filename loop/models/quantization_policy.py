"""Which types a model's weights may be run at: what was measured to hurt is refused, unless a reason is recorded.

The losses are those of the Qwen3 quantization study (arXiv:2505.02214), points in MMLU from 16 bits down:

    0.6B   47.1, Q8 47.0, Q4 42 to 44, Q3 about 25 (guessing)
    1.7B   60, Q8 59.8, Q4 52.5 to 55.7, Q3 about 27

Quantized activations (W8A8) hurt both more than quantized weights do.
"""

from __future__ import annotations

from loop.errors import ConfigError
from loop.models.catalogue import describe
from loop.models.shapes import shape_of

STORED = "auto"  # the type the weights are stored in, which is always one of 16 or 32 bits
_FULL = ("f32", "bf16", "f16")
_ACTIVATIONS = ("w8a8", "int8", "fp8")
_COLLAPSED = ("q3_k_l", "q3_k_m", "q3_k_s", "q2_k")
_TINY, _SMALL = 100e6, 1e9  # parameters: below them the rules of the micro model and of the 0.6B hold


def check(base: str, quantization: str, forced: str) -> None:
    """Raises ConfigError when `base` is not to be run at `quantization`, unless `forced` gives a reason.

    Raises ModelError when the size of `base` cannot be told, because it is neither known nor here.
    """
    if quantization == STORED:
        return
    if quantization in _ACTIVATIONS:
        raise ConfigError(
            f"{quantization} quantizes activations, which was measured to hurt far more than quantized weights do, and "
            "llama.cpp has no such type: no reason can force it",
            fix="choose q8_0, whose weights have eight bits and whose activations stay as they are",
        )
    loss = _measured_loss(shape_of(describe(base)).parameters, quantization)
    if loss and not forced.strip():
        raise ConfigError(
            f"{base} is not to be run at {quantization}: {loss}",
            fix='choose q8_0 or auto; or say why, and it is done and recorded: model.force_quantization = "reason"',
        )


def _measured_loss(size: float, quantization: str) -> str:
    """What is lost, in words; empty when it is little enough."""
    if quantization in _FULL:
        return ""
    if quantization in _COLLAPSED:
        return "at Q3 a 1.7B falls from 60 to 27 of 100 in MMLU and a 0.6B to 25, which is guessing; Q2 is worse"
    if size < _TINY:
        return "nobody has measured what so small a model loses, and there are only a few megabytes to save"
    if size < _SMALL and quantization != "q8_0":
        return "a 0.6B loses about 10 % at Q4 (MMLU 47.1 to 42-44, perplexity 20.9 to 25-27); Q8 loses next to nothing"
    return ""
