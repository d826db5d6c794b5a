"""What every step is given: settings, home, pack, store and registry; engines and oracle when a step asks for them.

The engines' workers and the oracle's processes are started on first use and ended by `close`. Which model serves a
stage is the router's answer (`loop.router`); stages of one model and context share an engine.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from loop.config import Settings
from loop.cycle.aliased import LESSER_ALIASES, aliased, stage_of_alias
from loop.cycle.engines import Engines
from loop.cycle.grading import BANNER, TRUSTED
from loop.cycle.records import BASE
from loop.cycle.seeds import digest
from loop.errors import UsageError
from loop.home import Home
from loop.report.progress import NullReporter, Reporter
from loop.router import StageModel, engine_of, resolve, run_stages
from loop.stage_names import StageName
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

# Settings that change how fast results come, or who is asked about them, not what they are: a cycle may be resumed
# under other ones.
NOT_IDENTITY = (
    ("run", "cycles"),
    ("run", "pack"),  # its sha256 stands for it: a directory is no identity
    ("run", "stages"),
    ("sampling", "parallel"),
    ("sampling", "threads"),
    ("engine", "url"),
    ("engine", "adapter"),
    ("engine", "in_flight"),
    ("engine", "timeout"),
    ("engine", "retries"),
    ("engine", "key_variable"),
    ("grade", "workers"),
    ("gate", "require_approval"),
    ("gate", "approval_timeout"),
    ("audit", "vault_every"),  # the vault decides nothing
)

ParityCheck = Callable[["Context", StageName, Path, Path, Sequence[str]], dict[str, Any]]


class Context(AbstractContextManager["Context"]):
    """Made by `open_context`. Bases, engines, `trainer` and `registry` come into being when first used."""

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
        self._base: BaseModel | None = None  # given instead of what the settings name, as the next two are
        self._engine: Engine | None = None
        self._models: dict[StageName, StageModel] = {}  # of the settings they were resolved from: asked for each prompt
        self._resolved = settings
        self._bases: dict[tuple[str, str], BaseModel] = {}
        self._engines = Engines()
        self._oracle: Oracles | None = None
        self._oracle_seed: int | None = None
        self._trainer: Trainer | None = None
        self._registry: Registry | None = None
        self._parity: ParityCheck | None = None

    @property
    def stages(self) -> tuple[StageName, ...]:
        """The stages of the settings that have anything to ask in this pack, in their order."""
        projects = any(task.truth is not None for task in self.pack.tasks)
        return tuple(s for s in run_stages(self.settings) if projects or s == "implementation")

    def model(self, stage: StageName) -> StageModel:
        """What serves a stage: base, context, decoding. Raises ConfigError."""
        if self._resolved is not self.settings:
            self._models, self._resolved = {}, self.settings
        if stage not in self._models:
            self._models[stage] = resolve(self.settings, stage)
        return self._models[stage]

    def base(self, stage: StageName) -> BaseModel:
        """A stage's frozen base model. Raises ModelError, ConfigError."""
        if self._base is not None:
            return self._base
        model = self.model(stage)
        key = (model.base, model.quantization)
        if key not in self._bases:
            from loop.models.catalogue import resolve as resolve_base

            self._bases[key] = resolve_base(model.base, self.home, quantization=model.quantization)
        return self._bases[key]

    def engine(self, stage: StageName) -> Engine:
        """The engine that runs a stage's base in the stage's context. Raises EngineError, ModelError, ConfigError."""
        if self._engine is not None:
            return self._engine
        return self._engines.sampling(self.settings, self.base(stage), engine_of(self.settings, stage).context)

    def local_engine(self, stage: StageName) -> Engine:
        """llama.cpp on this machine, whoever samples: what an adapter is compared with its trainer on.

        Beside a server it does nothing else, and has one sequence. Raises EngineError, ModelError, ConfigError.
        """
        if self._engine is not None:
            return self._engine
        return self._engines.local(self.settings, self.base(stage), engine_of(self.settings, stage).context)

    @property
    def sampler(self) -> tuple[str, ...]:
        """Part of an identity: which server answers, and as which model. () for llama.cpp on this machine, whose
        answers follow from base, adapter and seed."""
        engine = self.settings.engine
        return () if engine.kind == "llama.cpp" else (engine.kind, engine.server, engine.model)

    @property
    def trainer(self) -> Trainer:
        if self._trainer is None:
            from loop.training.process import ProcessTrainer

            self._trainer = ProcessTrainer()
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

    def champion(self, stage: StageName) -> str:
        """The adapter in service for a stage: its sha256, or "base"."""
        version = self.registry.champion(stage)
        return version.adapter_sha256 if version is not None else BASE

    def serving(self, stage: StageName) -> str:
        """The adapter that the settings want for a stage: the champion, unless they name another."""
        return self.resolve_adapter(self.model(stage).adapter, stage)

    def adapter_gguf(self, adapter: str) -> Path | None:
        """An adapter's GGUF, its bytes verified; None for the base. Raises RegistryError when missing or damaged."""
        if adapter == BASE:
            return None
        from loop.registry import weights

        return weights.locate(self.home.adapters, adapter)

    def resolve_adapter(self, name: str, stage: StageName) -> str:
        """The sha256 (or "base") of champion, challenger, previous, base, a version ("v3") or a sha256's beginning, for
        one stage.

        Raises UsageError for what is not known, is ambiguous or was trained for another stage, and for an alias that
        points to nothing.
        """
        if name in ("", "champion"):
            return self.champion(stage)
        if name == BASE:
            return BASE
        if name in LESSER_ALIASES:
            return aliased(self.registry, name, stage)
        for version in self.registry.versions(stage):
            if version.version == name:
                return version.adapter_sha256
        with self.store.read() as connection:
            found = ask.match_adapters(connection, name)
        if len(found) == 1 and found[0]["stage"] == stage:
            return str(found[0]["sha256"])
        problem = "is ambiguous" if len(found) > 1 else f"serves {found[0]['stage']}" if found else "is not known"
        raise UsageError(
            f"{stage}: adapter '{name}' {problem}",
            fix="give champion, challenger, previous, base, a version or more of its sha256; see `loop log`",
        )

    def find_adapter(self, name: str, stage: StageName | None = None) -> str:
        """The sha256 of an adapter by its sha256's beginning, or by a version that only one stage has. UsageError."""
        return self.resolve_adapter(name, stage or self.stage_of_adapter(name))

    def stage_of_adapter(self, name: str) -> StageName:
        """The stage that a trained adapter serves, given by the beginning of its sha256, or by a version or an alias
        (challenger, previous) that only one stage has. Raises UsageError."""
        if name in LESSER_ALIASES:
            return stage_of_alias(self.registry, name, self.stages)
        with self.store.read() as connection:
            found = ask.match_adapters(connection, name)
        if len(found) != 1:
            own = [s for s in self.stages if any(v.version == name for v in self.registry.versions(s))]
            if not found and len(own) == 1:
                return own[0]
            problem = "is ambiguous" if found or own else "is not known"
            raise UsageError(
                f"adapter '{name}' {problem}", fix="give its stage (--stage), or its sha256; see `loop log`"
            )
        stage: StageName = found[0]["stage"]
        return stage

    @property
    def settings_sha256(self) -> str:
        """Identity of a run: the settings that determine its results, its base and its pack."""
        plain = dataclasses.asdict(self.settings)
        for section, key in NOT_IDENTITY:
            del plain[section][key]
        bases = [self.base(stage).sha256 for stage in self.stages]
        return digest(plain_json(plain), *sorted(set(bases)), self.pack.sha256)

    def settings_json(self) -> str:
        return json.dumps(dataclasses.asdict(self.settings), sort_keys=True)

    def release(self) -> None:
        """Ends the processes that it started, whose memory others can use while nothing is asked of them. They are
        started anew when something is."""
        self.close_oracle()
        self._engines.close()

    def close(self) -> None:
        """Ends the worker processes. The context may be used again; they are then started anew."""
        engine, self._engine = self._engine, None
        self.journal.close()
        with ExitStack() as stack:
            stack.callback(self.close_oracle)
            stack.callback(self._engines.close)
            if engine is not None:
                stack.callback(engine.close)

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
    ctx = Context(settings, home, pack or load_pack(settings.run.pack, home.cache), reporter or NullReporter())
    ctx._base, ctx._engine, ctx._trainer, ctx._parity = base, engine, trainer, parity
    return ctx
