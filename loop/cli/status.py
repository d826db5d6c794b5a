"""`loop status`: where things stand, from the registry and the store. Reads only; starts fast."""

from __future__ import annotations

from typing import Any

import click

from loop.cli import opening
from loop.cli.ui import Ui, json_option, pass_ui, talk_options
from loop.gate.shown import shown
from loop.home import Home, default_root
from loop.stage_names import STAGES

FEW = 3  # attempts left, from which on it is told


@click.command()
@json_option
@talk_options
@pass_ui
def status(ui: Ui) -> None:
    """What is in service, how it last measured, what is unfinished."""
    data = gather(Home(default_root()))
    ui.emit(data, lambda: _show(data))


def gather(home: Home) -> dict[str, Any]:
    """The status as JSON. Raises StoreError, RegistryError."""
    from loop.lineage.resting import tainted
    from loop.store import ask, ask_approvals

    champions = _champions(home)
    with opening.store(home) as connection:
        stored = ask.status(connection, {stage: serves["sha256"] or "base" for stage, serves in champions.items()})
        waiting = ask_approvals.waiting(connection, home.approvals)
        wrong = tainted(connection, {stage: serves for stage, serves in champions.items() if serves["version"]})
        diagnosis = _diagnosis(connection)
    return {
        "home": str(home.root),
        "frozen": _frozen(stored["frozen"]),
        "tainted": wrong,
        "champion": champions,
        "audits": {stage: _audit(row) for stage, row in stored["audit"].items()},
        "vault": {stage: _audit(row) for stage, row in stored["vault"].items()},
        "diagnosis": diagnosis,
        "chain": stored["chain"],
        "cycles": stored["cycles"],
        "unfinished": stored["unfinished"],
        "waiting": waiting,
        "decision": stored["decision"],
        "decisions": stored["decisions"],
        "samples": stored["samples"],
        "passing": stored["passing"],
        "class_b": _share(stored["class_b"], stored["samples"]),
        "weak_tier": _share(stored["weak"], stored["samples"]),
        "adapters": stored["adapters"],
        "audit_reads": stored["audit_reads"],
        "audit_reads_left": min((one["left"] for one in stored["attempts"].values()), default=None),
        "attempts": stored["attempts"],
    }


def _diagnosis(connection: Any) -> dict[str, Any]:
    """Stage -> plateau or not, of the stages that were ever measured (`loop diagnose` says more)."""
    from loop.cli.diagnose import brief
    from loop.diagnosis.judge import diagnose
    from loop.diagnosis.read import read, stages_with_facts

    return {stage: brief(diagnose(read(connection, stage))) for stage in stages_with_facts(connection)}


def _champions(home: Home) -> dict[str, dict[str, Any]]:
    """Stage -> who serves, of all stages."""
    registry = opening.registry(home)
    serving = registry.champions() if registry is not None else {}
    return {stage: _champion(serving.get(stage)) for stage in STAGES}


def _champion(version: Any) -> dict[str, Any]:
    if version is None:
        return {"version": None, "sha256": None}
    return {
        "version": version.version,
        "sha256": version.adapter_sha256,
        "created": version.created,
        "commit": version.commit,
        "forced": version.forced_reason or None,  # why what serves was promoted against the gate
        "dataset": str(version.manifest.get("dataset") or ""),
    }


def _frozen(freeze: dict[str, Any] | None) -> dict[str, Any] | None:
    """The freeze with the commands that show it and lift it."""
    if freeze is None:
        return None
    from loop.cycle.freeze import proven, remedy

    return {**freeze, "says": proven(freeze), "fix": remedy(freeze)}


def _share(verdicts: int, samples: int) -> dict[str, Any] | None:
    return {"verdicts": verdicts, "share": verdicts / samples} if verdicts else None


def _audit(row: dict[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    wanted = ("id", "adapter", "pass_at_1", "ci", "pass_at_k", "greedy", "n_tasks", "k", "format_errors", "finished")
    more = ("tier", "honeypots", "honeypot_passes", "judged_precision", "judged_recall")
    rates = {key: shown(row[key]) for key in ("pass_at_1", "pass_at_k", "greedy")}
    return {**{key: row[key] for key in (*wanted, *more)}, **rates, "ci": [shown(end) for end in row["ci"]]}


def _show(data: dict[str, Any]) -> None:
    if data["frozen"]:
        click.echo(f"FROZEN: nothing is harvested, trained or promoted; {data['frozen']['says']}")
        click.echo(f"  -> {data['frozen']['fix']}\n")
    for row in data["tainted"]:
        click.echo(
            f"TAINTED: {row['stage']} {row['version']} learned {row['wrong_rows']} wrong rows (taint {row['taint']}); "
            f"`loop run --set run.stages={row['stage']}` trains without them, `loop rollback` goes back"
        )
    for stage, champion in data["champion"].items():
        name = f"{champion['version']} ({champion['sha256'][:12]})" if champion["version"] else "the base, no adapter"
        if champion["version"] or data["audits"][stage] or data["vault"][stage] or stage in data["diagnosis"]:
            click.echo(f"{stage}: {name}{f'  FORCED: {forced}' if (forced := champion.get('forced')) else ''}")
        for split, audit in (("audit", data["audits"][stage]), ("vault", data["vault"][stage])):
            if audit is None:
                continue
            low, high = audit["ci"]
            click.echo(
                f"  {split:<6} pass@1 {audit['pass_at_1']:.2f} [{low:.2f}, {high:.2f}]  pass@{audit['k']} "
                f"{audit['pass_at_k']:.2f}  greedy {audit['greedy']:.2f}  {audit['n_tasks']} questions"
            )
            if audit["honeypot_passes"]:
                click.echo(
                    f"         A PROVEN HACK: {audit['honeypot_passes']} of {audit['honeypots']} honeypots passed"
                )
        if stage in data["diagnosis"]:
            found = data["diagnosis"][stage]
            click.echo(f"  {found['verdict']}: {found['reasons'][0]} `loop diagnose --stage {stage}`")
    if data["chain"]:
        chain = data["chain"]
        click.echo(
            f"all stages end to end: {chain['solved']} of {chain['n_tasks']} tasks solved "
            f"[{chain['ci_low']:.3f}, {chain['ci_high']:.3f}]"
        )
    click.echo(
        f"cycles: {data['cycles']}, samples: {data['samples']} ({data['passing']} pass), adapters: {data['adapters']}"
    )
    if data["class_b"]:
        click.echo(f"class B (answers that judge themselves): {data['class_b']['share']:.0%} of the verdicts")
    if data["weak_tier"]:
        click.echo(f"WEAK SANDBOX: {data['weak_tier']['share']:.0%} of the verdicts are not harvested or promoted on")
    if data["decisions"]:
        said = (f"{stage} {row['outcome']} ({row['delta']:+.3f})" for stage, row in data["decisions"].items())
        click.echo(f"last decisions: {', '.join(said)}")
    for stage, attempts in data["attempts"].items():
        if attempts["left"] <= FEW:
            click.echo(
                f"{stage}: {attempts['left']} attempts are left on its audit tasks; `loop tasks mint` makes fresh ones"
            )
    for row in data["waiting"]:
        answer = f"answered ({row['answer']}); `loop run` goes on" if row["answer"] else f"`loop approve {row['id']}`"
        click.echo(f"waits for approval: {row['stage']} {row['adapter'][:12]} ({row['delta']:+.3f}); {answer}")
    if (unfinished := data["unfinished"]) and not any(row["cycle_id"] == unfinished["id"] for row in data["waiting"]):
        click.echo(
            f"unfinished: cycle {unfinished['number']}, {unfinished['stage']}, after {unfinished['step']}; `loop run` "
            "goes on"
        )
    if not data["cycles"] and not data["unfinished"]:
        click.echo(f"nothing has run in {data['home']} yet; `loop run` does")
