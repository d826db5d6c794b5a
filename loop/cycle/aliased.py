"""The names `challenger` and `previous`, which mean an adapter only where the registry's aliases point to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loop.cycle.records import BASE
from loop.errors import UsageError

if TYPE_CHECKING:
    from loop.registry import Registry
    from loop.stage_names import StageName

LESSER_ALIASES = ("challenger", "previous")  # champion means something at every stage


def aliased(registry: Registry, name: str, stage: StageName) -> str:
    """The sha256, or "base", that challenger or previous points to. Raises UsageError when it points to nothing."""
    names = registry.aliases(stage)
    if not _points(registry, name, stage):
        what = "has no challenger" if name == "challenger" else "was served by the base alone: there is no previous one"
        raise UsageError(f"{stage} {what}", fix="see `loop log --aliases`; `loop run` trains and judges a challenger")
    if name == "challenger":
        return names.challenger
    served = {version.version: version.adapter_sha256 for version in registry.versions(stage)}
    return served.get(names.previous, BASE)


def stage_of_alias(registry: Registry, name: str, stages: Sequence[StageName]) -> StageName:
    """The one stage at which challenger or previous points to something. Raises UsageError for none and for several."""
    own = [stage for stage in stages if _points(registry, name, stage)]
    if len(own) != 1:
        problem = f"is ambiguous: {', '.join(own)} have one" if own else "points to nothing yet"
        raise UsageError(f"adapter '{name}' {problem}", fix="give its stage (--stage); see `loop log --aliases`")
    return own[0]


def _points(registry: Registry, name: str, stage: StageName) -> bool:
    return bool(registry.aliases(stage).challenger if name == "challenger" else registry.history(stage))
