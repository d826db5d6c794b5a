"""The five stages by name, in the order of the pipeline. What they are is `loop.pipeline`'s to say."""

from __future__ import annotations

from typing import Literal

StageName = Literal["routing", "scope", "precision", "planning", "implementation"]
STAGES: tuple[StageName, ...] = ("routing", "scope", "precision", "planning", "implementation")
