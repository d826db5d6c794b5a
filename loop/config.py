"""loop.toml + environment + flags -> one frozen Settings. Few knobs; unknown keys are refused.

Precedence, lowest first: profile, loop.toml, LOOP_<SECTION>_<KEY> in the environment, flags.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RunSettings:
    pack: str = "kata"
    seed: int = 1
    cycles: int = 1


@dataclass(frozen=True)
class ModelSettings:
    base: str = "micro"  # a name `loop models list` knows, or a directory in Hugging Face layout
    context: int = 512  # tokens a sequence; always explicit
    stage: str = "implementation"  # the stage this adapter serves


@dataclass(frozen=True)
class SamplingSettings:
    temperature: float = 0.8  # the deployed decoding
    max_tokens: int = 200
    parallel: int = 32  # sequences decoded together
    threads: int = 0  # 0: all cores


@dataclass(frozen=True)
class PracticeSettings:
    tasks: int = 150  # tasks sampled a cycle
    k: int = 8  # completions a task


@dataclass(frozen=True)
class GradeSettings:
    cases: int = 24
    workers: int = 0  # 0: all cores
    sandbox: str = "auto"  # auto | standard | weak (weak only by this flag, never harvested)


@dataclass(frozen=True)
class HarvestSettings:
    per_task: int = 2  # distinct passing solutions kept for one task


@dataclass(frozen=True)
class TrainSettings:
    rank: int = 16
    alpha: int = 32
    learning_rate: float = 2e-3
    epochs: float = 4.0
    batch_size: int = 16
    min_tasks: int = 20  # refuses to train on fewer distinct solved tasks


@dataclass(frozen=True)
class AuditSettings:
    k: int = 4
    tasks: int = 0  # 0: the whole split


@dataclass(frozen=True)
class GateSettings:
    alpha: float = 0.05
    eta: float = 0.02  # smallest gain in pass@1 worth a promotion
    family_margin: float = 0.10  # no family may lose more than this
    format_margin: float = 0.02
    pass_at_k_margin: float = 0.03
    permutations: int = 10_000
    bootstrap: int = 2_000


@dataclass(frozen=True)
class Settings:
    profile: str = "micro"
    run: RunSettings = field(default_factory=RunSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    practice: PracticeSettings = field(default_factory=PracticeSettings)
    grade: GradeSettings = field(default_factory=GradeSettings)
    harvest: HarvestSettings = field(default_factory=HarvestSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    gate: GateSettings = field(default_factory=GateSettings)
