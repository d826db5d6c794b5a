"""Which answers are worth learning: the settings that decide it, as they are kept with the rows that they chose."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from loop.training.recipe import method_of
from loop.training.trainer import Method

if TYPE_CHECKING:
    from loop.config import Settings
    from loop.stage_names import StageName


@dataclass(frozen=True)
class Policy:
    """The knobs of [harvest] (`loop.config.HarvestSettings`), the stage's method, and whether the stage thinks.

    near_duplicate: 1: answers are one when their code is equal, layout and comments aside; 0: never. floor: as many
    tasks as training wants (train.min_tasks); where the learning zone has fewer, replay fills up to it.
    """

    method: Method = "sft"
    thinking: bool = False
    per_task: int = 2
    per_family: int = 1000
    per_cycle: int = 5000
    near_duplicate: float = 0.95
    contamination: float = 0.9
    replay: float = 0.15
    reasoning: float = 0.75
    balance: float = 2.0
    pairs: int = 4
    floor: int = 20

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


def policy_of(settings: Settings, stage: StageName) -> Policy:
    """The policy of a stage."""
    thinking = getattr(settings, stage).thinking == "on"
    knobs = asdict(settings.harvest)
    return Policy(method=method_of(settings, stage), thinking=thinking, floor=settings.train.min_tasks, **knobs)
