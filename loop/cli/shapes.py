"""The JSON that other programs rely on: one function a result, its fields named in docs/cli.md."""

from __future__ import annotations

import dataclasses
import os
import platform
from typing import TYPE_CHECKING, Any

from loop.gate.shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop.cycle.records import (
        AuditReport,
        ChainReport,
        CycleOutcome,
        Dataset,
        ImportReport,
        PracticeReport,
        Promotion,
        StageOutcome,
        TrainedAdapter,
    )
    from loop.gate.decision import Decision


def audits(adapter: str, reports: Sequence[AuditReport], chain_report: ChainReport | None) -> dict[str, Any]:
    """`loop audit`: the stages measured, and the whole chain. The fields of an audit of one stage stand at the top too,
    of the last one where there are several."""
    parts = [audit(report) for report in reports]
    last = parts[-1] if parts else {"audit_id": None, "adapter": adapter, "split": None, "tasks": []}
    return {
        **last,
        "adapter": last["adapter"] if len(parts) == 1 else adapter,
        "stages": {report.stage: part["stages"][report.stage] for report, part in zip(reports, parts, strict=True)},
        "tasks": [task for part in parts for task in part["tasks"]],
        "chain": chain(chain_report) if chain_report is not None else None,
    }


def chain(report: ChainReport) -> dict[str, Any]:
    """All stages end to end."""
    tasks = [dataclasses.asdict(task) for task in report.tasks]
    return {
        "audit_id": report.audit_id,
        "split": report.split,
        "adapters": report.adapters,
        "solved": report.solved,
        "n_tasks": len(tasks),
        "ci": list(report.ci),
        "seconds": report.seconds,
        "reused": report.reused,
        "tasks": tasks,
    }


def audit(report: AuditReport) -> dict[str, Any]:
    """One stage's audit."""
    summary = report.summary
    measured = {
        "audit_id": report.audit_id,
        "adapter": report.adapter,
        "pass_at_1": shown(summary.pass_at_1),
        "pass_at_k": shown(summary.pass_at_k),
        "greedy": shown(summary.greedy),
        "ci": [shown(end) for end in summary.ci],
        "n_tasks": summary.n_tasks,
        "k": summary.k,
        "format_errors": summary.format_errors,
        "precision": report.measures.precision if report.measures else None,
        "recall": report.measures.recall if report.measures else None,
        "tokens_per_call": report.tokens_per_call,
        "think_tokens_per_call": report.think_tokens_per_call,
        "dropped": report.dropped,
        "types": {row["type"]: {key: value for key, value in row.items() if key != "type"} for row in report.types},
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
        "stages": {report.stage: measured},
        "tasks": [{"stage": report.stage, **dataclasses.asdict(task)} for task in report.scores.tasks],
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


def imported(report: ImportReport) -> dict[str, Any]:
    return dataclasses.asdict(report)


def dataset(made: Dataset) -> dict[str, Any]:
    return {**dataclasses.asdict(made), "path": str(made.path)}


def trained(adapter: TrainedAdapter) -> dict[str, Any]:
    return {**dataclasses.asdict(adapter), "gguf": str(adapter.gguf)}


def outcome(cycle: CycleOutcome) -> dict[str, Any]:
    """One cycle of `loop run`: each stage's share of it, and the chain end to end."""
    return {
        "number": cycle.number,
        "stages": {stage: stage_outcome(done) for stage, done in cycle.stages.items()},
        "failed": cycle.failed,
        "chain": chain(cycle.chain) if cycle.chain is not None else None,
    }


def stage_outcome(cycle: StageOutcome) -> dict[str, Any]:
    version = cycle.promotion.version if cycle.promotion else ""
    return {
        **decision(cycle.decision, version=version),  # its `champion` and `challenger` are names; the audits tell more
        "cycle": dataclasses.asdict(cycle.cycle),
        "champion": audit(cycle.champion),
        "practice": practice(cycle.practice),
        "dataset": dataset(cycle.dataset),
        "adapter": trained(cycle.adapter),
        "challenger": audit(cycle.challenger),
        "times": {step: dataclasses.asdict(timing) for step, timing in cycle.times.items()},
        "approval": dataclasses.asdict(cycle.approval) if cycle.approval is not None else None,
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
