"""The stages by name. A new one: a file beside this one, its name in `loop.pipeline.stage`, a line here."""

from __future__ import annotations

from loop.pipeline.implementation import Implementation
from loop.pipeline.planning import Planning
from loop.pipeline.precision import Precision
from loop.pipeline.routing import Routing
from loop.pipeline.scope import Scope
from loop.pipeline.stage import Stage
from loop.stage_names import StageName

ALL: tuple[Stage, ...] = (Routing(), Scope(), Precision(), Planning(), Implementation())
"""In the order in which they are asked."""


def stage_of(name: StageName) -> Stage:
    return next(stage for stage in ALL if stage.name == name)
