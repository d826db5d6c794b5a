"""What served and serves, by the registry alone: each promotion with its manifest's dataset and decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loop.stage_names import STAGES

if TYPE_CHECKING:
    from loop.registry import Registry


@dataclass(frozen=True)
class Promotion:
    """One promotion or rollback. commit: of git; tag: "<stage>/v3" or "<stage>/rollback-1". adapter: sha256 or "base".

    serving: whether the stage is served as this left it. manifest: that of the version ({} for the base): `dataset`,
    `decision` (null when nothing was compared), `cycle`, `hyperparameters`, ...
    """

    commit: str
    tag: str
    stage: str
    action: str
    version: str
    adapter: str
    previous: str
    created: str
    forced_reason: str
    serving: bool
    manifest: dict[str, Any] = field(default_factory=dict)

    @property
    def dataset(self) -> str:
        """The training set's sha256; "" for the base."""
        return str(self.manifest.get("dataset") or "")

    @property
    def audits(self) -> tuple[str, ...]:
        """The champion's and the challenger's audit that the decision rested on; () without a decision."""
        decision = self.manifest.get("decision") or {}
        return tuple(str(decision[name]) for name in ("champion_audit", "challenger_audit") if name in decision)

    @property
    def promoted_by(self) -> str:
        """Whose word it was."""
        if self.action == "rollback":
            return "a person, who rolled back"
        return f"a person, against or without the gate: {self.forced_reason}" if self.forced_reason else "the gate"


def promotions(registry: Registry | None) -> tuple[Promotion, ...]:
    """Everything that ever came into service, oldest first, stage by stage. Raises RegistryError."""
    if registry is None:
        return ()
    found: list[Promotion] = []
    for stage in STAGES:
        manifests = {version.version: version.manifest for version in registry.versions(stage)}
        events = registry.history(stage)
        found += [
            Promotion(
                commit=event.commit,
                tag=event.tag,
                stage=stage,
                action=event.action,
                version=event.version,
                adapter=event.adapter_sha256,
                previous=event.previous,
                created=event.created,
                forced_reason=event.forced_reason,
                serving=event is events[0],
                manifest=manifests.get(event.version, {}),
            )
            for event in reversed(events)
        ]
    return tuple(found)
