"""The history of the aliases: each event moved some of them, and which ones follows from the event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from loop.registry.records import BASE, Aliases, Event, Version

AliasName = Literal["champion", "challenger", "previous"]
ALIASES: tuple[AliasName, ...] = ("champion", "challenger", "previous")


@dataclass(frozen=True)
class AliasChange:
    """Since `created` the alias points to `target`: a version, "base", an adapter's sha256, or "" for nothing.

    adapter_sha256: of the target; "base" or "". action, commit, tag: the event that did it. reason: why a promotion was
    forced, or a rollback made. decision: of a challenge.
    """

    stage: str
    alias: AliasName
    target: str
    adapter_sha256: str
    created: str
    action: str
    commit: str
    tag: str
    reason: str = ""
    decision: dict[str, Any] = field(default_factory=dict)


def after(event: Event, before: Aliases) -> Aliases:
    """Where the aliases point once `event` has happened."""
    if event.action == "challenge":
        return Aliases(before.champion, before.previous, event.adapter_sha256)
    challenger = "" if before.challenger == event.adapter_sha256 else before.challenger
    return Aliases(event.version, event.previous, challenger)


def alias_changes(events: tuple[Event, ...], versions: tuple[Version, ...]) -> tuple[AliasChange, ...]:
    """Every change of an alias of one stage, newest first; `events` newest first too."""
    adapters = {BASE: BASE, "": "", **{v.version: v.adapter_sha256 for v in versions}}
    names, found = Aliases(), []
    for event in reversed(events):
        now = after(event, names)
        for alias in ALIASES:
            target = getattr(now, alias)
            if target == getattr(names, alias):
                continue
            change = AliasChange(
                stage=event.stage,
                alias=alias,
                target=target,
                adapter_sha256=target if alias == "challenger" else adapters.get(target, ""),
                created=event.created,
                action=event.action,
                commit=event.commit,
                tag=event.tag,
                reason=event.forced_reason or event.reason,
                decision=event.decision,
            )
            found.append(change)
        names = now
    return tuple(reversed(found))
