"""How many bytes a model's weights take at a quantization: which tensor gets which type, and what a type costs.

The types follow llama.cpp (src/llama-quant.cpp, `llama_tensor_get_type`): a "K mix" gives some tensors more bits than
its name says, and a row that does not fit a block gets a wider type. Counted for dense Qwens.
"""

from __future__ import annotations

from collections.abc import Iterator

from loop.models.shapes import Shape

# type -> (values of a block, bytes of a block); ggml-common.h
BLOCKS = {
    **{"f32": (1, 4), "f16": (1, 2), "bf16": (1, 2), "q8_0": (32, 34), "q5_1": (32, 24), "q5_0": (32, 22)},
    **{"q4_0": (32, 18), "q6_k": (256, 210), "q5_k": (256, 176), "q4_k": (256, 144), "q3_k": (256, 110)},
    **{"q2_k": (256, 84)},
}
_WIDER = {"q2_k": "q4_0", "q3_k": "q4_0", "q4_k": "q5_0", "q5_k": "q5_1", "q6_k": "q8_0"}


def weight_bytes(shape: Shape, quantization: str) -> int:
    """Bytes of all tensors of the GGUF; `quantization` is a name of `loop.models.quantize.TYPES`, f32, bf16 or f16."""
    vectors = 4 * (shape.layers * shape.layer_vectors + shape.hidden)  # stay float32
    return sum(_bytes(rows, columns, kind) for rows, columns, kind in _matrices(shape, quantization)) + vectors


def _matrices(shape: Shape, quantization: str) -> Iterator[tuple[int, int, str]]:
    """(rows, values a row, type) of every matrix."""
    hidden, inner, layers, q, kv = shape.hidden, shape.inner, shape.layers, shape.q_width, shape.kv_width
    base = quantization.removesuffix("_m").removesuffix("_s").removesuffix("_l")
    output = base if base in ("f32", "f16", "bf16", "q8_0") else "q6_k"
    yield shape.vocabulary, hidden, output if shape.tied else base
    if not shape.tied:
        yield shape.vocabulary, hidden, output
    for layer in range(layers):
        yield q, hidden, base
        yield kv, hidden, base
        yield kv, hidden, _attn_v(quantization, base, layer, layers, q // kv)
        yield hidden, q, {"q2_k": "q3_k", "q3_k_m": "q4_k", "q3_k_l": "q5_k"}.get(quantization, base)
        yield inner, hidden, base
        yield inner, hidden, base
        yield hidden, inner, _ffn_down(quantization, base, layer, layers)


def _attn_v(quantization: str, base: str, layer: int, layers: int, heads_a_kv_head: int) -> str:
    if quantization in ("q4_k_m", "q5_k_m") and _more_bits(layer, layers):
        return "q6_k"
    if quantization == "q4_k_s" and layer < 4:
        return "q5_k"
    if quantization == "q2_k":
        return "q4_k" if heads_a_kv_head >= 4 else "q3_k"
    if quantization == "q3_k_m":
        return "q5_k" if layer < 2 else "q4_k"
    return "q5_k" if quantization == "q3_k_l" else base


def _ffn_down(quantization: str, base: str, layer: int, layers: int) -> str:
    if quantization in ("q4_k_m", "q5_k_m") and _more_bits(layer, layers):
        return "q6_k"
    if quantization == "q4_k_s" and layer < layers // 8:
        return "q5_k"
    if quantization == "q3_k_m":
        return "q5_k" if layer < layers // 16 else "q4_k"
    return {"q2_k": "q3_k", "q3_k_l": "q5_k"}.get(quantization, base)


def _more_bits(layer: int, layers: int) -> bool:
    return layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2


def _bytes(rows: int, columns: int, kind: str) -> int:
    if columns % BLOCKS[kind][0]:
        kind = _WIDER.get(kind, kind)
    if columns % BLOCKS[kind][0]:
        kind = "f16"
    block, size = BLOCKS[kind]
    return rows * columns // block * size
