"""What a change of the registry may be: who can be put in service, under which number, and who not."""

from __future__ import annotations

from pathlib import Path

from loop.errors import RegistryError, UsageError
from loop.registry import weights
from loop.registry.head import Snapshot
from loop.registry.records import BASE, Version, number


def known_version(snapshot: Snapshot, stage: str, name: str) -> Version:
    """A version by name. Raises UsageError, which lists those there are."""
    found = snapshot.version(stage, name)
    if found is None:
        known = ", ".join(v.version for v in snapshot.versions.get(stage, ())) or "none"
        raise UsageError(f"{stage} has no version '{name}'", fix=f"choose base or one of: {known}")
    return found


def refuse_serving(snapshot: Snapshot, stage: str, adapter_sha256: str) -> None:
    """Raises RegistryError when the adapter is in service."""
    serving = snapshot.version(stage, snapshot.of(stage).champion)
    if serving is not None and serving.adapter_sha256 == adapter_sha256:
        raise RegistryError(
            f"adapter {adapter_sha256[:12]} already serves {stage} as {serving.version}", fix="nothing is to be done"
        )


def rollback_target(snapshot: Snapshot, adapters: Path, stage: str, to: str | None) -> Version | None:
    """What a rollback puts in service: `to`, else what the champion replaced; None: the base.

    Raises UsageError for an unknown version; RegistryError when it serves already, when nothing is left to go back to,
    or when its weights are missing or damaged.
    """
    before = snapshot.of(stage).champion
    serving = snapshot.version(stage, before)
    if to is None and serving is None:
        raise RegistryError(f"the base already serves {stage}", fix="name a version: loop rollback --to v1")
    wanted = to if to is not None else serving.replaced if serving is not None else BASE
    target = known_version(snapshot, stage, wanted) if wanted != BASE else None
    if wanted == before:
        raise RegistryError(f"{wanted} already serves {stage}", fix="nothing is to be done")
    if target is not None:
        weights.locate(adapters, target.adapter_sha256)
    return target


def last_number(snapshot: Snapshot, stage: str) -> int:
    """The highest version number ever given out: numbers are not used again, whatever became of a version."""
    given = [v.version for v in snapshot.versions.get(stage, ())]
    given += [e.version for e in snapshot.events if e.stage == stage and e.action == "promote"]
    return max((number(version) for version in given), default=0)
