"""LoRA adapters loaded beside one model: switched in any of its contexts without loading model or adapter again.

The last few that were used stay loaded. One is never freed while a context computes with it, whichever that is.
"""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama

from loop.errors import EngineError
from loop.inference.adapter_check import BaseShape, check_adapter
from loop.inference.plan import ADAPTERS_KEPT

Key = tuple[str, int, int]
"""Path, size and time of change: a file that was replaced is another adapter."""


@dataclass(eq=False)
class ContextAdapter:
    """Which adapter a context computes with now; None: the base alone."""

    context: Any
    key: Key | None = None


class Adapters:
    """The adapters of a model, for any number of contexts over it. `loads` counts files read."""

    def __init__(self, model: Any, base: BaseShape) -> None:
        self._model, self._base = model, base
        self._loaded: OrderedDict[Key, Any] = OrderedDict()
        self._contexts: list[ContextAdapter] = []
        self.loads = 0

    def serve(self, context: Any) -> ContextAdapter:
        """Makes a context known, which computes without an adapter so far."""
        self._contexts.append(ContextAdapter(context))
        return self._contexts[-1]

    def leave(self, served: ContextAdapter) -> None:
        """The context is no more."""
        self._contexts.remove(served)

    def use(self, served: ContextAdapter, path: Path | None) -> bool:
        """Makes `path` (a GGUF LoRA) or the plain base the one the context computes with. True when that changed, and
        what the context has in its cache is stale. Raises EngineError, and then nothing has changed."""
        key = None if path is None else _key(path)
        if key == served.key:
            return False
        handles = [] if key is None else [self._load(key)]
        array = (llama.llama_adapter_lora_p_ctypes * len(handles))(*handles)
        scales = (ctypes.c_float * len(handles))(*[1.0] * len(handles))
        if llama.llama_set_adapters_lora(served.context, array, len(handles), scales) != 0:
            raise EngineError(f"llama.cpp refused the adapter {path}")
        served.key = key
        self._drop_old()
        return True

    def _load(self, key: Key) -> Any:
        if key not in self._loaded:
            check_adapter(Path(key[0]), self._base)
            handle = llama.llama_adapter_lora_init(self._model, key[0].encode())
            if not handle:
                raise EngineError(f"llama.cpp cannot load the adapter {key[0]}", fix="was it trained from this base?")
            self._loaded[key] = handle
            self.loads += 1
        self._loaded.move_to_end(key)
        return self._loaded[key]

    def _drop_old(self) -> None:
        in_use = {served.key for served in self._contexts}
        for key in [key for key in self._loaded if key not in in_use]:
            if len(self._loaded) <= ADAPTERS_KEPT:
                return
            llama.llama_adapter_lora_free(self._loaded.pop(key))


def _key(path: Path) -> Key:
    try:
        stat = path.stat()
    except OSError as error:
        raise EngineError(f"adapter {path}: {error.strerror}", fix="train it again, or roll back") from error
    return str(path.resolve()), stat.st_size, stat.st_mtime_ns
