"""A second context over a loaded model, in which sequences share cells: prompts that begin alike are held once.

The cache is unified: a token may belong to many sequences, and a sequence that begins as another does refers to its
cells. So a whole tree of prompts is evaluated in one decode, each of its tokens once. Samplers want the opposite
(`loop.inference.native`): here few sequences are held, each attending to most of what is in the cache, and nothing
moves when a prefix is shared (docs/inference.md has figures). Runs in the worker process only.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np

from loop.errors import EngineError
from loop.inference.native import LlamaContext
from loop.inference.plan import TREE_BATCH, TREE_OUTPUTS, TREE_SEQUENCES, tree_cells
from loop.inference.sampling import FloatBlock

_ALL = -1


class TreeContext:
    """Methods raise EngineError. Adapters are those of `beside`, loaded once for both contexts."""

    def __init__(self, beside: LlamaContext, *, context: int, threads: int) -> None:
        self._beside = beside
        self._ctx = llama.llama_init_from_model(beside.model, self._parameters(tree_cells(context), threads))
        if not self._ctx:
            raise EngineError(f"no memory for a tree of {tree_cells(context)} tokens")
        self._memory = llama.llama_get_memory(self._ctx)
        self._adapter = beside.adapters.serve(self._ctx)

    def _parameters(self, cells: int, threads: int) -> Any:
        params: Any = llama.llama_context_default_params()
        params.n_ctx = cells
        params.n_seq_max = TREE_SEQUENCES
        params.n_batch = params.n_ubatch = TREE_BATCH
        params.n_outputs_max = TREE_OUTPUTS
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = True
        params.no_perf = True
        params.type_k = params.type_v = llama.GGML_TYPE_F32 if self._beside.exact else llama.GGML_TYPE_F16
        # As in sampling, or near-ties would be decided differently: on a CPU flash attention is off by 1e-4 (of a log-
        # probability) where plain attention is by 1e-6.
        gpu = llama.llama_supports_gpu_offload()
        params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_AUTO if gpu else llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        return params

    def use_adapter(self, path: Path | None) -> bool:
        """As `LlamaContext.use_adapter`."""
        return self._beside.adapters.use(self._adapter, path)

    def decode(
        self, tokens: Sequence[int], positions: Sequence[int], owners: Sequence[Sequence[int]], wanted: Sequence[bool]
    ) -> FloatBlock:
        """Evaluates up to `TREE_BATCH` tokens, each for all of its owners (sequences, at least one), parents first.

        Returns the logits of the tokens that are wanted, (how many, vocabulary), valid until the next decode.
        """
        size = len(tokens)
        token, position = np.array(tokens, dtype=np.int32), np.array(positions, dtype=np.int32)
        count = np.array([len(some) for some in owners], dtype=np.int32)
        sequence = np.fromiter(itertools.chain.from_iterable(owners), dtype=np.int32)
        start = (sequence.ctypes.data + 4 * (np.cumsum(count) - count)).astype(np.uintp)
        output = np.array(wanted, dtype=np.int8)

        def as_pointer(array: Any, kind: Any) -> Any:
            return ctypes.cast(array.ctypes.data, ctypes.POINTER(kind))

        batch: Any = llama.llama_batch()
        batch.n_tokens = size
        batch.token = as_pointer(token, llama.llama_token)
        batch.embd = None
        batch.pos = as_pointer(position, llama.llama_pos)
        batch.n_seq_id = as_pointer(count, ctypes.c_int32)
        batch.seq_id = as_pointer(start, ctypes.POINTER(llama.llama_seq_id))
        batch.logits = as_pointer(output, ctypes.c_int8)
        status = llama.llama_decode(self._ctx, batch)
        if status != 0:
            raise EngineError(f"llama_decode failed with status {status} on a tree of {size} tokens")
        rows = int(output.sum())
        if rows == 0:
            return np.empty((0, self._beside.vocab_size), dtype=np.float32)
        return np.ctypeslib.as_array(llama.llama_get_logits(self._ctx), shape=(rows, self._beside.vocab_size))

    def share(self, source: int, target: int, length: int) -> None:
        """Target, which is empty, begins with source's first `length` tokens: a reference, nothing is copied."""
        if length:
            llama.llama_memory_seq_cp(self._memory, source, target, 0, length)

    def trim(self, sequence: int, length: int) -> None:
        """Forgets the sequence's tokens from position `length` on."""
        if not llama.llama_memory_seq_rm(self._memory, sequence, length, _ALL):
            raise EngineError(f"llama.cpp cannot shorten sequence {sequence} to {length} tokens")

    def clear(self) -> None:
        llama.llama_memory_clear(self._memory, False)
