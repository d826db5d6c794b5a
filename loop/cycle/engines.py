"""The engines that a context has open: one for each base and length of context, started when it is first asked for."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from loop.config import Settings

if TYPE_CHECKING:
    from loop.inference.engine import Engine
    from loop.inference.llama import LlamaEngine
    from loop.inference.server_engine import ServerEngine
    from loop.models.catalogue import BaseModel


class Engines:
    """context: tokens of a sequence. Methods raise EngineError."""

    def __init__(self) -> None:
        self._local: dict[tuple[Path, int], LlamaEngine] = {}
        self._servers: dict[tuple[Path, int], ServerEngine] = {}

    def sampling(self, settings: Settings, base: BaseModel, context: int) -> Engine:
        """What the settings have sample: llama.cpp on this machine, or a server."""
        if settings.engine.kind != "server":
            return self.local(settings, base, context)
        key = base.hf_dir, context
        if key not in self._servers:
            from loop.inference.server_engine import ServerEngine

            self._servers[key] = ServerEngine(base.hf_dir, base.name, settings.engine, context=context)
        return self._servers[key]

    def local(self, settings: Settings, base: BaseModel, context: int) -> Engine:
        """llama.cpp on this machine. Beside a server it only compares adapters with their trainer: one sequence."""
        key = base.gguf, context
        if key not in self._local:
            from loop.inference.llama import LlamaEngine

            sampling = settings.sampling
            parallel = sampling.parallel if settings.engine.kind != "server" else 1
            self._local[key] = LlamaEngine(base.gguf, context=context, parallel=parallel, threads=sampling.threads)
        return self._local[key]

    def close(self) -> None:
        """Ends all of them; those asked for later are started anew."""
        engines: list[Engine] = [*self._local.values(), *self._servers.values()]
        self._local, self._servers = {}, {}
        with ExitStack() as stack:
            for engine in engines:
                stack.callback(engine.close)
