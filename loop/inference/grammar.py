"""GBNF grammars of requests (llama.cpp, grammars/README.md): which tokens an answer may go on with.

A grammar is asked about single tokens: first about the one that was drawn, which a model that knows its answers nearly
always gets right, and only then about others, the likeliest first. So it costs microseconds, not a pass over the
vocabulary, and what is drawn follows the model's probabilities over what the grammar allows. Worker process only.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np

from loop.errors import EngineError
from loop.inference.sampling import BoolRow, FloatBlock, IntRow, second_draw

_KEPT = 64  # parsed grammars
_FEW = 64  # tokens that are tried before all of them are
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # llama_token_data
_REASON = 400  # characters of llama.cpp's own words


class Grammar:
    """How far one answer has come in its grammar."""

    def __init__(self, sampler: Any) -> None:
        self._sampler = sampler

    def allows(self, tokens: IntRow) -> BoolRow:
        """(n,) which of the tokens may come next."""
        candidates = np.zeros(len(tokens), dtype=_CANDIDATE)
        candidates["id"] = tokens
        array: Any = llama.llama_token_data_array()
        array.data = ctypes.cast(candidates.ctypes.data, llama.llama_token_data_p)
        array.size, array.selected, array.sorted = len(tokens), -1, False
        llama.llama_sampler_apply(self._sampler, ctypes.byref(array))
        allowed: BoolRow = candidates["logit"] == 0
        return allowed

    def choose(self, drawn: int, logits: FloatBlock, temperature: float, seed: int, step: int) -> int:
        """`drawn` if it may come next, else a draw from what may. logits: (vocabulary,). Raises EngineError when
        nothing may."""
        if self.allows(np.array([drawn], dtype=np.int32))[0]:
            return drawn
        scores = second_draw(logits, temperature, seed, step)
        few = np.argpartition(scores, -_FEW)[-_FEW:] if len(scores) > _FEW else np.arange(len(scores))
        for tokens in (few, np.arange(len(scores))):
            allowed = tokens[self.allows(tokens.astype(np.int32))]
            if allowed.size:
                return int(allowed[scores[allowed].argmax()])
        raise EngineError(
            "a grammar allows no token to come next", fix="give each of its rules an end that text can reach"
        )

    def accept(self, token: int) -> None:
        """The answer goes on with a token that is allowed."""
        llama.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        llama.llama_sampler_free(self._sampler)


class Grammars:
    """Parsed once for all requests that have the same."""

    def __init__(self, vocabulary: Any) -> None:
        self._vocabulary = vocabulary
        self._parsed: dict[str, Any] = {}

    def begin(self, text: str) -> Grammar:
        """A new answer's grammar. Raises EngineError with llama.cpp's reason when it cannot be read."""
        if text not in self._parsed:
            if len(self._parsed) >= _KEPT:
                llama.llama_sampler_free(self._parsed.pop(next(iter(self._parsed))))
            self._parsed[text] = self._parse(text)
        return Grammar(llama.llama_sampler_clone(self._parsed[text]))

    def problem(self, text: str) -> str:
        """Why a grammar cannot be read; "" when it can."""
        try:
            self.begin(text).close()
        except EngineError as error:
            return error.message
        return ""

    def _parse(self, text: str) -> Any:
        before = _log_size()
        sampler = llama.llama_sampler_init_grammar(self._vocabulary, text.encode(), b"root") if text.strip() else None
        if not sampler:
            raise EngineError(_log_since(before) or "it has no rule 'root'")
        return sampler


def _log_size() -> int:
    return os.fstat(2).st_size


def _log_since(start: int) -> str:
    """What llama.cpp wrote since, which the worker's parent has redirected into a file."""
    try:
        return " ".join(os.pread(2, _REASON, start).decode("utf-8", errors="replace").split())
    except OSError:  # a terminal or a pipe: its reader has seen it
        return ""
