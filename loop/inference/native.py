"""llama.cpp's C interface, as little of it as the engine needs. Runs in the worker process only.

One model, one context, `sequences` independent KV streams: every sequence attends to its own cells, and a shared prompt
is copied from stream to stream. Or, for as long as that is faster, one pool of cells (kv_unified), in which a shared
prompt is referred to and everyone looks at the cells of all (`loop.inference.layout` has when).
"""

from __future__ import annotations

import ctypes
import functools
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np

from loop.errors import EngineError
from loop.inference.adapter_check import base_shape
from loop.inference.adapters import Adapters
from loop.inference.grammar import Grammars
from loop.inference.layout import STREAMS, affordable
from loop.inference.plan import batch_size, flash_attention, output_size
from loop.inference.sampling import FloatBlock, IntRow
from loop.models.gguf_tokenizer import NORMALIZER_KEY


def built_for_amx(system_info: str) -> bool:
    """Whether this build of llama.cpp multiplies in AMX tiles, which the engine then does without.

    Seen with llama-cpp-python 0.3.36 on a CPU that has them: the worker is killed by SIGILL at the first quantized
    matrix (tileloadd, its tiles not configured), and with 16-bit weights scratch memory is not what llama.cpp reserves
    elsewhere. Its other rearrangements of weights go with them: they are asked for together.
    """
    return "AMX_INT8 = 1" in system_info


class LlamaContext:
    """A loaded model. Methods raise EngineError; llama.cpp's own words are on stderr."""

    def __init__(self, model: Path, *, context: int, sequences: int, threads: int) -> None:
        llama.llama_backend_init()
        llama.llama_log_set(llama.llama_log_callback(), ctypes.c_void_p(0))  # llama.cpp's log straight to stderr
        # On a GPU llama.cpp decides; on a CPU see `loop.inference.plan`.
        self.flash_attention = not llama.llama_supports_gpu_offload() and flash_attention(model.stat().st_size)
        self._model = llama.llama_model_load_from_file(str(model).encode(), self._model_parameters())
        if not self._model:
            raise EngineError(f"llama.cpp cannot load {model}")
        self._vocab = llama.llama_model_get_vocab(self._model)
        self.vocab_size = int(llama.llama_vocab_n_tokens(self._vocab))
        self.batch_size = batch_size(sequences)
        self.output_size = output_size(sequences)
        self._context, self._sequences, self._threads = context, sequences, threads
        self._base = base_shape(self._metadata)
        self.adapters = Adapters(self._model, self._base)
        self._open(STREAMS)
        self._normalise = self._metadata(NORMALIZER_KEY) == "NFC"
        self._make_batch()

    def _model_parameters(self) -> Any:
        params: Any = llama.llama_model_default_params()
        # Read, not mapped: quantized matrices are rearranged for the CPU's kernels, and a mapped file would stay in
        # memory beside its rearranged copy (docs/scale.md).
        params.load_mode = llama.LLAMA_LOAD_MODE_NONE
        params.use_extra_bufts = not built_for_amx(llama.llama_print_system_info().decode())
        return params

    def arrange(self, pool: int) -> bool:
        """Lets the sequences share a pool of at least so many cells, or with STREAMS have a stream each. True when that
        changed something, and all that they held is gone. A pool that would take more memory than the streams is not
        made, nor one on a GPU, where it was never measured. Raises EngineError."""
        shape = {"heads": self._base.heads, "cell_bytes": self._base.cell_bytes}
        if llama.llama_supports_gpu_offload() or not affordable(
            pool, context=self._context, sequences=self._sequences, **shape
        ):
            pool = STREAMS
        if pool == self.pool or 0 < pool <= self.pool <= 2 * pool:
            return False
        self.adapters.leave(self._adapter)
        llama.llama_free(self._ctx)
        try:
            self._open(pool)
        except EngineError:
            self._open(STREAMS)
            raise
        return True

    def _open(self, pool: int) -> None:
        self._ctx = llama.llama_init_from_model(self._model, self._parameters(pool))
        if not self._ctx:
            raise EngineError(f"no memory for {self._sequences} sequences of {self._context} tokens")
        self.pool = pool
        self._memory = llama.llama_get_memory(self._ctx)
        self._adapter = self.adapters.serve(self._ctx)

    def _parameters(self, pool: int) -> Any:
        sequences, threads = self._sequences, self._threads
        params: Any = llama.llama_context_default_params()
        params.n_ctx = pool or self._context * sequences
        params.n_seq_max = sequences
        params.n_batch = params.n_ubatch = self.batch_size
        params.n_outputs_max = self.output_size
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = pool != STREAMS
        params.no_perf = True
        params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        if llama.llama_supports_gpu_offload():
            params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_AUTO
        elif self.flash_attention:
            params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_ENABLED
        params.type_k = params.type_v = llama.GGML_TYPE_F16
        return params

    def _make_batch(self) -> None:
        """A llama_batch whose arrays are NumPy's, so filling it is a few slice assignments."""
        size = self.batch_size
        self._token, self._pos, self._seq = (np.zeros(size, dtype=np.int32) for _ in range(3))
        self._seq_count = np.ones(size, dtype=np.int32)
        self._wanted = np.zeros(size, dtype=np.int8)
        pointers = self._seq.ctypes.data + 4 * np.arange(size, dtype=np.uintp)
        self._seq_pointers = pointers

        def as_pointer(array: Any, kind: Any) -> Any:
            return ctypes.cast(array.ctypes.data, ctypes.POINTER(kind))

        batch: Any = llama.llama_batch()
        batch.token = as_pointer(self._token, llama.llama_token)
        batch.embd = None
        batch.pos = as_pointer(self._pos, llama.llama_pos)
        batch.n_seq_id = as_pointer(self._seq_count, ctypes.c_int32)
        batch.seq_id = ctypes.cast(pointers.ctypes.data, ctypes.POINTER(ctypes.POINTER(llama.llama_seq_id)))
        batch.logits = as_pointer(self._wanted, ctypes.c_int8)
        self._batch = batch

    def decode(self, tokens: IntRow, positions: IntRow, sequences: IntRow, *, logits: bool) -> FloatBlock | None:
        """Evaluates up to `batch_size` tokens. With `logits`, a view (n, vocabulary) valid until the next decode."""
        n = len(tokens)
        self._token[:n], self._pos[:n], self._seq[:n] = tokens, positions, sequences
        self._wanted[:n] = logits
        self._batch.n_tokens = n
        status = llama.llama_decode(self._ctx, self._batch)
        if status != 0:
            raise EngineError(f"llama_decode failed with status {status} on {n} tokens")
        if not logits:
            return None
        return np.ctypeslib.as_array(llama.llama_get_logits(self._ctx), shape=(n, self.vocab_size))

    def logits(self, tokens: Sequence[int]) -> FloatBlock:
        """Logits (len(tokens), vocabulary) of one sequence, in place of what sequence 0 held."""
        self.trim(0, 0)
        row, size, parts = np.array(tokens, dtype=np.int32), self.output_size, []
        for start in range(0, len(row), size):
            part = row[start : start + size]
            positions = np.arange(start, start + len(part), dtype=np.int32)
            block = self.decode(part, positions, np.zeros(len(part), dtype=np.int32), logits=True)
            assert block is not None
            parts.append(block.copy())
        return np.concatenate(parts)

    def copy(self, source: int, target: int) -> None:
        """Target holds what source holds: in its stream a copy (the bytes move at the next decode, in the order asked
        for), in a pool a reference, beside what it held before."""
        llama.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def trim(self, sequence: int, length: int) -> None:
        """Forgets the sequence's cells from position `length` on."""
        if not llama.llama_memory_seq_rm(self._memory, sequence, length, -1):
            raise EngineError(f"llama.cpp cannot shorten sequence {sequence} to {length} tokens")

    def clear(self) -> None:
        llama.llama_memory_clear(self._memory, False)

    def tokenize(self, text: str) -> list[int]:
        """Token ids, special tokens parsed, nothing added."""
        data = (unicodedata.normalize("NFC", text) if self._normalise else text).encode("utf-8")
        size = len(data) + 8
        buffer = (llama.llama_token * size)()
        count = llama.llama_tokenize(self._vocab, data, len(data), buffer, size, False, True)
        if count < 0:
            raise EngineError(f"llama.cpp cannot tokenise a text of {len(data)} bytes")
        return list(buffer[:count])

    def grammars(self) -> Grammars:
        return Grammars(self._vocab)

    @functools.cache  # noqa: B019  (a worker has one, as long as it lives)
    def pieces(self) -> list[bytes]:
        """The bytes of every token, special ones spelled out."""
        buffer = ctypes.create_string_buffer(512)
        table = []
        for token in range(self.vocab_size):
            length = llama.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, True)
            if length < 0:
                raise EngineError(f"token {token} is longer than {len(buffer)} bytes")
            table.append(buffer.raw[:length])
        return table

    @functools.cache  # noqa: B019
    def ends_turn(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """(vocabulary,) True for the tokens that end an answer: <|im_end|>, <|endoftext|> and their like."""
        return np.array([llama.llama_vocab_is_eog(self._vocab, t) for t in range(self.vocab_size)], dtype=np.bool_)

    def use_adapter(self, path: Path | None) -> bool:
        """Makes `path` (GGUF LoRA) or the plain base the one in use. True when that changed, and the cache is stale."""
        return self.adapters.use(self._adapter, path)

    @property
    def exact(self) -> bool:
        """Whether the weights are float32."""
        return self._metadata("general.file_type") == "0"

    @property
    def model(self) -> Any:
        """The model's handle, for another context over the same weights."""
        return self._model

    def _metadata(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(256)
        length = llama.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8") if length >= 0 else ""
