"""A version's model card, in Markdown, from its manifest alone: what it is, where it came from, why it serves.

It is committed with the version. The card that a training writes (`loop.training.card`) is about the weights; this one
is about their being in service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loop.registry.records import BASE, Version
from loop.training.card_text import SHOWN, cell, origin, table


def card_text(version: Version) -> str:
    """The card of a version. What its manifest does not tell is left out."""
    m = version.manifest
    replaced = "the base" if version.replaced == BASE else version.replaced
    lines = [
        f"# {version.stage} {version.version}",
        "",
        f"Adapter `{version.adapter_sha256}`, in service from {version.created} on, in place of {replaced}.",
    ]
    if version.forced_reason:
        lines += ["", f"**FORCED against the gate**: {version.forced_reason}"]
    lines += ["", "## Where it came from", "", *_origin(m)]
    parameters, metrics = m.get("hyperparameters") or {}, m.get("metrics") or {}
    if parameters:
        method = parameters.get("method", "an unnamed method")
        lines += ["", f"LoRA from the frozen base, {method}.", "", *table("hyperparameter", parameters)]
    if any(name in metrics for name in SHOWN):
        lines += ["", *table("measured", {name: metrics[name] for name in SHOWN if name in metrics})]
    if m.get("parity"):
        lines += ["", *table("trainer against engine", m["parity"])]
    lines += ["", "## The gate's decision", "", *_decision(m.get("decision"), m.get("decision_id", ""))]
    return "\n".join(lines) + "\n"


def _origin(manifest: Mapping[str, Any]) -> list[str]:
    lines = []
    if "base_sha256" in manifest:
        lines += origin(manifest.get("base"), manifest["base_sha256"], manifest.get("dataset"))
    if "pack" in manifest:
        lines.append(f"- task pack: {manifest['pack']}, sha256 `{manifest.get('pack_sha256')}`")
    if manifest.get("cycle"):
        lines.append(f"- trained in cycle {manifest['cycle']}")
    return lines or ["The manifest does not tell."]


def _decision(decision: Mapping[str, Any] | None, identity: str) -> list[str]:
    if not decision:
        return ["None: it was never audited beside the champion."]
    named = f" (`{identity}`)" if identity else ""
    lines = [f"{str(decision.get('outcome', decision.get('decision', 'unknown'))).upper()}{named}", ""]
    shown: dict[str, object] = {}
    for key, name in (
        ("champion_pass_at_1", "champion's pass@1"),
        ("challenger_pass_at_1", "challenger's pass@1"),
        ("delta", "delta"),
        ("ci", "95 % interval"),
        ("p_value", "p"),
        ("minimum_detectable_effect", "minimum detectable effect"),
        ("n_tasks", "tasks"),
        ("k", "samples a task"),
        ("holes", "completions not graded"),
        ("champion_audit", "champion's audit"),
        ("challenger_audit", "challenger's audit"),
    ):
        if decision.get(key) is not None:
            shown[name] = decision[key]
    lines += table("figure", shown)
    guards = [*(decision.get("guards") or ()), *(_as_guard(family) for family in decision.get("families") or ())]
    if guards:
        columns = ("name", "champion", "challenger", "loss", "state")
        lines += ["", "| guard | champion | challenger | loss | state |", "| --- | --- | --- | --- | --- |"]
        lines += [f"| {' | '.join(cell(guard.get(column, '')) for column in columns)} |" for guard in guards]
    reasons = decision.get("reasons") or ()
    return [*lines, *([""] if reasons else []), *(f"- {reason}" for reason in reasons)]


def _as_guard(family: Mapping[str, Any]) -> dict[str, Any]:
    """A family's change as a row among the guards: each family has a margin of its own."""
    return {**family, "name": f"family {family.get('family')}", "loss": -family.get("delta", 0.0)}
