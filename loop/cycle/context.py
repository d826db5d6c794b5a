"""What every step is given: settings, home, pack, store and registry; engine and oracle when a step asks for them.

The engine's worker and the oracle's processes are started on first use and ended by `close`.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from loop.config import Settings
from loop.cycle.grading import BANNER, TRUSTED
from loop.cycle.records import BASE
from loop.cycle.seeds import digest
from loop.errors import UsageError
from loop.home import Home
from loop.report.progress import NullReporter, Reporter
from loop.store import ask
from loop.store.db import Store
from loop.store.journal import Journal
from loop.store.write import plain_json
from loop.tasks.pack import load_pack
from loop.tasks.task import Pack

if TYPE_CHECKING:
    from evaluators.oracles.session import Oracles
    from loop.inference.engine import Engine
    from loop.models.catalogue import BaseModel
    from loop.registry import Registry
    from loop.training.trainer import Trainer

# Settings that change how fast results come, not what they are: a cycle may be resumed under other ones.
NOT_IDENTITY = (("run", "cycles"), ("sampling", "parallel"), ("sampling", "threads"), ("grade", "workers"))

ParityCheck = Callable[["Context", Path, Path, Sequence[str]], dict[str, Any]]


class Context(AbstractContextManager["Context"]):
    """Made by `open_context`. `base`, `engine`, `trainer` and `registry` come into being when first used."""

    def __init__(self, settings: Settings, home: Home, pack: Pack, reporter: Reporter) -> None:
        self.settings = settings
        self.home = home
        self.pack = pack
        self.reporter = reporter
        self.store = Store(home.store)
        self.journal = Journal(home.store.with_name(home.store.name + ".journal"))
        self.tasks = {task.id: task for task in pack.tasks}
        self.began = time.monotonic()  # of the cycle in this process, and how much of it the steps explain
        self.accounted = 0.0
        self._base: BaseModel | None = None
        self._engine: Engine | None = None
        self._oracle: Oracles | None = None
        self._oracle_seed: int | None = None
        self._trainer: Trainer | None = None
        self._registry: Registry | None = None
        self._parity: ParityCheck | None = None

    @property
    def stage(self) -> str:
        return self.settings.model.stage

    @property
    def base(self) -> BaseModel:
        """The frozen base model. Raises ModelError."""
        if self._base is None:
            from loop.models.catalogue import resolve

            self._base = resolve(self.settings.model.base, self.home)
        return self._base

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            from loop.inference.llama import LlamaEngine

            self._engine = LlamaEngine(
                self.base.gguf,
                context=self.settings.model.context,
                parallel=self.settings.sampling.parallel,
                threads=self.settings.sampling.threads,
            )
        return self._engine

    @property
    def trainer(self) -> Trainer:
        if self._trainer is None:
            from loop.training.sft import TrlTrainer

            self._trainer = TrlTrainer()
        return self._trainer

    @property
    def parity(self) -> ParityCheck:
        if self._parity is None:
            from loop.cycle.train import check_parity

            self._parity = check_parity
        return self._parity

    @property
    def registry(self) -> Registry:
        if self._registry is None:
            from loop.registry import Registry

            self._registry = Registry.open(self.home.registry, self.home.adapters)
        return self._registry

    def oracle(self, seed: int) -> Oracles:
        """The oracle whose hidden cases are drawn with `seed`; one at a time is open."""
        if self._oracle is None or self._oracle_seed != seed:
            from evaluators.oracles.session import Oracles

            self.close_oracle()
            grade = self.settings.grade
            self._oracle = Oracles(
                cache_dir=self.home.cache, sandbox=grade.sandbox, cases=grade.cases, seed=seed, workers=grade.workers
            )
            self._oracle_seed = seed
            if self._oracle.tier not in TRUSTED:
                self.reporter.say(BANNER)
        return self._oracle

    def close_oracle(self) -> None:
        """The next call of `oracle` starts a new one, without what this one holds to be broken."""
        oracle, self._oracle = self._oracle, None
        if oracle is not None:
            oracle.close()

    def champion(self) -> str:
        """The adapter in service: its sha256, or "base"."""
        version = self.registry.champion(self.stage)
        return version.adapter_sha256 if version is not None else BASE

    def adapter_gguf(self, adapter: str) -> Path | None:
        """An adapter's GGUF, its bytes verified; None for the base. Raises RegistryError when missing or damaged."""
        if adapter == BASE:
            return None
        from loop.registry import weights

        return weights.locate(self.home.adapters, adapter)

    def resolve_adapter(self, name: str) -> str:
        """The sha256 (or "base") of champion, base, a version ("v3") or a sha256's beginning. Raises UsageError."""
        if name in ("", "champion"):
            return self.champion()
        if name == BASE:
            return BASE
        for version in self.registry.versions(self.stage):
            if version.version == name:
                return version.adapter_sha256
        with self.store.read() as connection:
            found = ask.match_adapters(connection, name)
        if len(found) == 1:
            return found[0]
        problem = "is ambiguous" if found else "is not known"
        raise UsageError(
            f"adapter '{name}' {problem}", fix="give champion, base, a version or more of its sha256; see `loop log`"
        )

    @property
    def settings_sha256(self) -> str:
        """Identity of a run: the settings that determine its results, its base and its pack."""
        plain = dataclasses.asdict(self.settings)
        for section, key in NOT_IDENTITY:
            del plain[section][key]
        return digest(plain_json(plain), self.base.sha256, self.pack.sha256)

    def settings_json(self) -> str:
        return json.dumps(dataclasses.asdict(self.settings), sort_keys=True)

    def close(self) -> None:
        """Ends the worker processes. The context may be used again; they are then started anew."""
        engine, self._engine = self._engine, None
        self.journal.close()
        try:
            if engine is not None:
                engine.close()
        finally:
            self.close_oracle()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_context(
    settings: Settings,
    home: Home,
    reporter: Reporter | None = None,
    *,
    pack: Pack | None = None,
    base: BaseModel | None = None,
    engine: Engine | None = None,
    trainer: Trainer | None = None,
    parity: ParityCheck | None = None,
) -> Context:
    """A context over a home made by `open_home`. Parts given here are used instead of those the settings name.

    Raises PackError for an unknown pack; what the other parts raise comes when they are first used.
    """
    ctx = Context(settings, home, pack or load_pack(settings.run.pack), reporter or NullReporter())
    ctx._base, ctx._engine, ctx._trainer, ctx._parity = base, engine, trainer, parity
    return ctx
