"""A llama.cpp that was built for AMX is run without it: it ends at the first quantized matrix."""

from __future__ import annotations

from loop.inference.native import built_for_amx


def test_a_build_for_amx_is_known_by_what_it_says_of_itself() -> None:
    assert built_for_amx("CPU : AVX512 = 1 | AVX512_BF16 = 1 | AMX_INT8 = 1 | REPACK = 1 | ")
    assert not built_for_amx("CPU : AVX2 = 1 | FMA = 1 | REPACK = 1 | ")
