"""`loop taint`: an oracle or a task was wrong. What it judged is graded again, and what rests on it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.setting_options import settings_options
from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.errors import UsageError
from loop.settings_load import Resolved

if TYPE_CHECKING:
    from loop.cycle.recall import Recall

ID = 12  # characters of an id that people are shown; --json has all of them


@click.command()
@click.option("--oracle", metavar="HASH", help="The oracle (verdicts.oracle), or the beginning of its hash.")
@click.option("--task", metavar="ID", help="The task whose spec was wrong, or the beginning of its id.")
@click.option(
    "--exclude", is_flag=True, help="The task stands as wrong: no longer practised, nothing of it is learned."
)
@click.option("--reason", default="", metavar="TEXT", help="What was found; stays beside the taint.")
@settings_options
@dry_run_option("Say what would be graded again and what rests on it; change nothing.")
@json_option
@talk_options
@pass_ui
def taint(
    ui: Ui, oracle: str | None, task: str | None, exclude: bool, reason: str, resolved: Resolved, dry_run: bool
) -> int:
    """Recall what a wrong oracle or task has judged: grade it again, name the rows, adapters, audits and promotions
    that rest on it, and say what to do. Exit 1: something in service rests on wrong rows."""
    if (oracle is None) == (task is None):
        raise UsageError(
            "one of --oracle and --task is wanted", fix="loop taint --oracle HASH, or loop taint --task ID"
        )
    if exclude and task is None:
        raise UsageError("--exclude goes with --task", fix="leave it out: an oracle's samples are graded again")
    with opening.context(ui, resolved.settings) as ctx:
        from loop.cycle.recall import recall

        if task is not None:
            found = recall(ctx, "task", task.strip(), reason.strip(), exclude=exclude, dry_run=dry_run)
        else:
            found = recall(ctx, "oracle", str(oracle).strip(), reason.strip(), dry_run=dry_run)
    ui.emit(_data(found), lambda: _show(found))
    return 1 if found.follows.in_service or found.ungraded else 0


def _data(found: Recall) -> dict[str, Any]:
    import dataclasses

    from loop.cycle.recall import advice

    follows = dataclasses.asdict(found.follows)
    by_verdict = follows.pop("samples")
    return {
        "taint": found.taint or None, "kind": found.kind, "subject": found.subject, "reason": found.reason,
        "excluded": found.excluded, "dry_run": found.dry_run, "samples": found.samples, "by_verdict": by_verdict,
        "verdicts": found.verdicts, "ungraded": found.ungraded, "unchanged": found.unchanged,
        "rows": found.follows.rows, "wrong": found.follows.wrong, **follows, "advice": advice(found),
    }  # fmt: skip


def _show(found: Recall) -> None:
    from loop.cycle.recall import advice

    follows = found.follows
    _show_samples(found)
    click.echo(f"rows of training sets: {follows.rows} rest on it, {follows.wrong} are wrong now")
    for row in follows.wrong_rows:
        what = f"{row['was']} -> {row['now']}" if row["was"] else row["now"]
        click.echo(
            f"  {row['manifest'][:ID]} row {row['position']} ({row['role']}): sample {row['sample_id'][:ID]}, {what}"
        )
    if follows.wrong > len(follows.wrong_rows):
        click.echo(f"  ... and {follows.wrong - len(follows.wrong_rows)} more")
    for row in follows.adapters:
        name = f"adapter {row['sha256'][:ID]} ({row['stage']}{''.join(', ' + one for one in row['versions'])})"
        of = f" of {row['n_rows']}" if row["n_rows"] is not None else ""
        served = f"; IN SERVICE as {row['serving']}" if row["serving"] else ""
        click.echo(f"{name}: {row['rows']}{of} rows rest on it, {row['wrong']} are wrong{served}")
    for row in follows.audits:
        moved = (
            ""
            if row["before"] is None
            else f", pass@1 {row['before']:.3f} -> {row['after']:.3f} ({row['change']:+.3f})"
        )
        said = "" if found.dry_run else f", {row['changed']} judged otherwise{moved}"
        of = f"audit {row['id']} of {row['adapter'][:ID]} ({row['split']})"
        click.echo(f"{of}: counted {row['answers']} of its answers{said}")
    for row in follows.decisions:
        now = "" if found.dry_run else f"; now it would be {row['now']}" + (
            "" if row["delta_now"] is None else f" ({row['delta_now']:+.3f})"
        )  # fmt: skip
        click.echo(f"decision {row['id']} ({row['stage']}): {row['outcome']} ({row['delta']:+.3f}){now}")
    for row in follows.promotions:
        ground = " and ".join(word for word, on in (("rows", row["by_rows"]), ("audits", row["by_audits"])) if on)
        click.echo(f"promotion {row['tag']} ({row['promoted_by']}): rests on its {ground}")
    for line in advice(found):
        click.echo(f"  -> {line}")


def _show_samples(found: Recall) -> None:
    name = f"{found.kind} {found.subject}"
    if found.dry_run:
        click.echo(f"{name}: {found.samples} samples would be graded again")
        return
    click.echo(f"{name}: taint {found.taint}, {found.samples} samples were graded again")
    for change, count in found.verdicts.items():
        click.echo(f"  {count:>7,}  {change}")
    if found.excluded:
        click.echo("it stands as wrong: it is not practised any more, and nothing is learned from it")
