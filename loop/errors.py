"""One tree of errors. Each message says what is wrong and what to do; each class fixes the exit code.

LoopError (1)
  UsageError (2)         an argument or a key that makes no sense
    ConfigError (2)      loop.toml, environment or flags
    PackError (2)        a task pack that is missing or broken
  EnvironmentFault (3)   this machine cannot do it (`loop doctor` says why)
    HomeError (3)        LOOP_HOME missing, read-only, full
    ToolError (3)        gcc, bubblewrap, git, ... missing or not usable
    StoreError (3)       the DuckDB store is locked, corrupt, or of another version
    ModelError (3)       weights missing, corrupt, or not what the profile asks for
  EngineError (1)        the inference worker failed
  TrainingError (1)      training ended without an adapter
    TrainingLost (1)     the numbers said that it would come to nothing: the same again would end the same way
    ParityError (1)      trainer and engine disagree about tokens or logits
  RegistryError (1)      the git registry refused or is inconsistent
  GateRefused (1)        the gate did not promote
  HarvestFrozen (1)      a honeypot was passed, and nobody has looked yet
"""

from __future__ import annotations


class LoopError(Exception):
    """Base of every error a user may see. `fix` is a command or sentence that says what to do."""

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}\n  -> {self.fix}" if self.fix else self.message


class UsageError(LoopError):
    exit_code = 2


class ConfigError(UsageError):
    pass


class PackError(UsageError):
    pass


class EnvironmentFault(LoopError):
    exit_code = 3


class HomeError(EnvironmentFault):
    pass


class ToolError(EnvironmentFault):
    pass


class StoreError(EnvironmentFault):
    pass


class ModelError(EnvironmentFault):
    pass


class EngineError(LoopError):
    pass


class TrainingError(LoopError):
    pass


class TrainingLost(TrainingError):
    pass


class ParityError(TrainingError):
    pass


class RegistryError(LoopError):
    pass


class GateRefused(LoopError):
    pass


class HarvestFrozen(LoopError):
    pass
