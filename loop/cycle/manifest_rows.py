"""The store's rows of adapters and decisions, as the registry's manifests know them: of every adapter that was ever
promoted or judged. Decisions on an adapter before its last one are in no manifest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loop.cycle.judge import decision_id
from loop.errors import UsageError
from loop.gate.decision import Decision
from loop.store import write

if TYPE_CHECKING:
    from loop.registry import Challenger, Registry, Version

Row = dict[str, Any]


@dataclass(frozen=True)
class ManifestRows:
    """adapters: by sha256; decisions: by id. untold: sha256 -> stage of adapters of whom no row can be made."""

    adapters: dict[str, Row] = field(default_factory=dict)
    decisions: dict[str, Row] = field(default_factory=dict)
    untold: dict[str, str] = field(default_factory=dict)


def manifest_rows(registry: Registry) -> ManifestRows:
    """Of all stages. Raises RegistryError."""
    rows = ManifestRows()
    for stage in registry.stages():
        judged: list[Challenger | Version] = [*registry.challengers(stage), *registry.versions(stage)]
        for known in judged:
            sha256 = known.adapter_sha256
            try:
                rows.adapters[sha256] = _adapter(stage, sha256, known.manifest, known.created)
            except KeyError:  # a manifest from elsewhere, or from before it told as much
                rows.untold[sha256] = stage
            if (decision := _decision(stage, known.manifest, known.created)) is not None:
                rows.decisions.setdefault(decision["id"], decision)
    return rows


def _adapter(stage: str, sha256: str, manifest: dict[str, Any], created: str) -> Row:
    return {
        "sha256": sha256, "stage": stage, "base": manifest["base"], "base_sha256": manifest["base_sha256"],
        "dataset": manifest["dataset"], "cycle_id": manifest.get("cycle"), "seconds": manifest.get("seconds", 0.0),
        "hyperparameters": write.plain_json(manifest["hyperparameters"]),
        "metrics": write.plain_json(manifest.get("metrics", {})),
        "parity": write.plain_json(manifest.get("parity", {})), "created": manifest.get("trained", created),
    }  # fmt: skip


def _decision(stage: str, manifest: dict[str, Any], created: str) -> Row | None:
    """None when the manifest tells of no decision, or of one that another program wrote."""
    told: dict[str, Any] = manifest.get("decision") or {}
    try:
        decision = Decision.from_json(told)
    except UsageError:
        return None
    return {
        "id": manifest.get("decision_id") or decision_id(decision), "cycle_id": manifest.get("decided_in"),
        "stage": stage, "champion": decision.champion, "challenger": decision.challenger,
        "champion_audit": decision.champion_audit, "challenger_audit": decision.challenger_audit,
        "outcome": decision.outcome, "delta": decision.delta, "p_value": decision.p_value,
        "ci_low": decision.ci[0], "ci_high": decision.ci[1],
        "minimum_detectable_effect": decision.minimum_detectable_effect, "reasons": list(decision.reasons),
        "policy": write.plain_json(told["policy"]), "details": write.plain_json(told), "created": created,
    }  # fmt: skip
