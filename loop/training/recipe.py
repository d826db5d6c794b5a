"""How a stage is trained, as far as its settings say it in several places."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from loop.training.trainer import Method

if TYPE_CHECKING:
    from loop.config import Settings
    from loop.stage_names import StageName


def method_of(settings: Settings, stage: StageName) -> Method:
    """The stage's own method, or that of all."""
    return cast("Method", getattr(settings, stage).method or settings.train.method)
