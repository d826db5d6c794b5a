"""`loop diagnose`: plateau or not, stage by stage, and what to do. Reads only."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.stage_option import stage_option
from loop.cli.ui import Ui, json_option, pass_ui, talk_options

if TYPE_CHECKING:
    from loop.diagnosis.facts import Diagnosis, Measured
    from loop.report.sheet import Sheet


@click.command()
@stage_option(None, "Only this stage; default: all that were practised or audited.")
@json_option
@talk_options
@pass_ui
def diagnose(ui: Ui, stage: Any) -> None:
    """Is a stage still improving, has it converged, or is something in its way? From the store alone."""
    from loop.diagnosis import judge
    from loop.diagnosis.read import read, stages_with_facts

    with opening.store() as connection:
        stages = (stage,) if stage else stages_with_facts(connection)
        found = [judge.diagnose(read(connection, one)) for one in stages]
    rules = dataclasses.asdict(judge.RULES)
    ui.emit({"stages": {one.stage: as_json(one) for one in found}, "rules": rules}, lambda: _show(found))


def as_json(found: Diagnosis) -> dict[str, Any]:
    """The verdict, why, what to do, and all facts behind it."""
    facts = dataclasses.asdict(found.facts)
    for name in ("practice", "audit"):
        measured: Measured | None = getattr(found.facts, name)
        if measured is not None:
            facts[name] |= {
                "pass_at_1": measured.pass_at_1,
                "curve": {f"pass@{k}": value for k, value in measured.curve},
                "learning": measured.learning,
            }
    del facts["stage"]
    return {"verdict": found.verdict, "reasons": list(found.reasons), "todo": list(found.todo), **facts}


def brief(found: Diagnosis) -> dict[str, Any]:
    """What `loop status` says of it."""
    return {"verdict": found.verdict, "reasons": list(found.reasons), "todo": list(found.todo)}


def _show(found: list[Diagnosis]) -> None:
    if not found:
        click.echo("nothing was measured yet; `loop run` starts a cycle")
    for one in found:
        click.echo(f"{one.stage}: {one.verdict.upper()}. {one.reasons[0]}")
        for reason in one.reasons[1:]:
            click.echo(f"  {reason}")
        for line in _figures(one):
            click.echo(f"  {line}")
        if one.facts.gaps:
            from loop.report import tables

            tables.show(gap_sheet(one))
        for line in one.todo:
            click.echo(f"  -> {line}")


def _figures(found: Diagnosis) -> Iterator[str]:
    facts = found.facts
    for name, measured in (("practice", facts.practice), ("audit", facts.audit)):
        if measured is None:
            continue
        curve = "  ".join(f"pass@{k} {value:.3f}" for k, value in measured.curve)
        yield f"{name:<9}{curve}  (standard error of pass@1 {measured.se:.3f}, {measured.questions} questions)"
        yield (
            f"{'':<9}{measured.always} always solved, {measured.learning} now and then (the learning zone), "
            f"{measured.never} never"
        )
    if facts.practice_gap is not None:
        gap = facts.practice_gap
        yield f"practice minus audit, of who practised: {gap.value:+.3f}, standard error {gap.se:.3f}"
    if facts.decided:
        said = ", ".join(f"{one.cycle}: {one.outcome} {one.delta:+.3f}" for one in reversed(facts.decided))
        yield f"decided cycles: {said}"


def gap_sheet(found: Diagnosis) -> Sheet:
    """The generalisation gap over time, oldest first."""
    from loop.report.sheet import Row, Sheet

    columns = ("measured", "version", "adapter", "audit", "vault", "gap", "standard error")
    rows = tuple(
        Row(
            (
                one.measured, one.version or "-", one.adapter[:12], f"{one.audit:.3f}", f"{one.vault:.3f}",
                f"{one.gap:+.3f}", f"{one.se:.3f}",
            )
        )
        for one in found.facts.gaps
    )  # fmt: skip
    return Sheet(f"{found.stage}: audit minus vault", columns, rows, numeric=frozenset(columns[3:]))
