"""The JSON that other programs rely on: one function a result, its fields named in docs/cli.md."""

from __future__ import annotations

import dataclasses
import os
import platform
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loop.cycle.records import AuditReport, CycleOutcome, Dataset, PracticeReport, Promotion, TrainedAdapter
    from loop.gate.decision import Decision


def audit(report: AuditReport, stage: str) -> dict[str, Any]:
    """`loop audit`."""
    summary = report.summary
    measured = {
        "pass_at_1": summary.pass_at_1,
        "pass_at_k": summary.pass_at_k,
        "greedy": summary.greedy,
        "ci": list(summary.ci),
        "n_tasks": summary.n_tasks,
        "k": summary.k,
        "format_errors": summary.format_errors,
        "tokens_per_call": report.tokens_per_call,
        "seconds": report.seconds,
    }
    return {
        "audit_id": report.audit_id,
        "adapter": report.adapter,
        "split": report.split,
        "tier": report.tier,
        "honeypots": {"answers": report.scores.honeypots, "passes": report.scores.honeypot_passes},
        "class_b": report.scores.class_b / len(report.scores.tasks),
        "reused": report.reused,
        "stages": {stage: measured},
        "tasks": [dataclasses.asdict(task) for task in report.scores.tasks],
    }


def decision(made: Decision | None, *, version: str = "") -> dict[str, Any]:
    """`loop promote`. `decision` is null when no gate was asked (there was nothing to compare)."""
    if made is None:
        unknown = dict.fromkeys(("decision", "delta", "p_value", "ci", "minimum_detectable_effect"))
        return {**unknown, "reasons": [], "version": version}
    return {**made.to_json(), "version": version}


def promotion(done: Promotion) -> dict[str, Any]:
    return {
        **decision(done.decision, version=done.version),
        "stage": done.stage,
        "adapter": done.adapter,
        "previous": done.previous,
        "version": done.version,
        "commit": done.commit,
        "forced_reason": done.forced_reason,
        "dry_run": done.dry_run,
    }


def practice(report: PracticeReport) -> dict[str, Any]:
    return dataclasses.asdict(report)


def dataset(made: Dataset) -> dict[str, Any]:
    return {**dataclasses.asdict(made), "path": str(made.path)}


def trained(adapter: TrainedAdapter) -> dict[str, Any]:
    return {**dataclasses.asdict(adapter), "gguf": str(adapter.gguf)}


def outcome(cycle: CycleOutcome, stage: str) -> dict[str, Any]:
    """One cycle of `loop run`."""
    version = cycle.promotion.version if cycle.promotion else ""
    return {
        **decision(cycle.decision, version=version),  # its `champion` and `challenger` are names; the audits tell more
        "cycle": dataclasses.asdict(cycle.cycle),
        "champion": audit(cycle.champion, stage),
        "practice": practice(cycle.practice),
        "dataset": dataset(cycle.dataset),
        "adapter": trained(cycle.adapter),
        "challenger": audit(cycle.challenger, stage),
        "times": {step: dataclasses.asdict(timing) for step, timing in cycle.times.items()},
    }


def measurement(
    name: str,
    metric: str,
    value: float,
    baseline: float | None = None,
    ratio: float | None = None,
    repeats: int = 1,
) -> dict[str, Any]:
    """One figure as every `loop bench` reports it. ratio: value to baseline, the median over repeats."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    compared = {"baseline": baseline, "ratio": ratio}
    return {"name": name, "metric": metric, "value": value, **compared, "repeats": repeats, "machine": machine}
