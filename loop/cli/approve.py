"""`loop approve`: a person's word on a promotion that waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.errors import GateRefused, UsageError
from loop.home import Home, default_root

if TYPE_CHECKING:
    from loop.store.rows import Rows


@click.command()
@click.argument("run", required=False)
@click.option("--yes", is_flag=True, help="Approve what waits, if it is one, without naming it.")
@click.option("--reject", is_flag=True, help="The champion stays; the gate's decision and this answer are kept.")
@click.option("--reason", default="", metavar="TEXT", help="Why; kept in the version's manifest and in `loop log`.")
@dry_run_option("Say what would be answered.")
@json_option
@talk_options
@pass_ui
def approve(ui: Ui, run: str | None, yes: bool, reject: bool, reason: str, dry_run: bool) -> int:
    """Approve (or --reject) the promotion that RUN proposes; without RUN, list what waits.

    RUN is the beginning of a proposal's id, a stage, or the name or id of the flow run that waits. A run that waits
    goes on by itself; where none does, the answer is carried out at once. Exit 1: it can no longer be approved.
    """
    if yes and reject:
        raise UsageError("--yes and --reject are two answers", fix="give one of them")
    if run is None and not (yes or reject):
        if reason:
            raise UsageError("--reason goes with an answer", fix="name the proposal, or add --yes or --reject")
        return _list(ui)
    chosen = _chosen(run)
    if chosen["answer"] not in (None, "reject" if reject else "approve"):
        raise UsageError(
            f"the answer to {_what(chosen)} was {chosen['answer']} already", fix="`loop run` goes on with it"
        )
    if dry_run:
        plan = {"id": chosen["id"], "stage": chosen["stage"], "approve": not reject, "dry_run": True}
        ui.emit(plan, lambda: click.echo(f"would {'reject' if reject else 'approve'} {_what(chosen)}"))
        return 0
    return _answer(ui, chosen, approved=not reject, reason=" ".join(reason.split()))


def _list(ui: Ui) -> int:
    rows = _waiting()

    def show() -> None:
        if not rows:
            click.echo("nothing waits")
        for row in rows:
            until = f"; expires {row['expires']:%Y-%m-%d %H:%M}" if row["expires"] else ""
            run = f"; flow run {row['flow_run_name']}" if row["flow_run_name"] else ""
            given = f"; answered ({row['answer']}), to be carried out by `loop run`" if row["answer"] else ""
            click.echo(f"{row['id']}  {_what(row)}; asked {row['created']:%Y-%m-%d %H:%M}{until}{run}{given}")

    ui.emit({"waiting": rows}, show)
    return 0


def _waiting() -> Rows:
    from loop.store import ask_approvals

    home = Home(default_root())
    with opening.store(home) as connection:
        return ask_approvals.waiting(connection, home.approvals)


def _chosen(run: str | None) -> dict[str, Any]:
    """The proposal that is meant. Raises UsageError when none is, when several are, or when it was answered."""
    rows = _waiting()
    if run is not None:
        from loop.store import ask_approvals

        with opening.store() as connection:
            named = ask_approvals.matching(connection, run)
        ids = {row["id"] for row in named}
        rows = [row for row in rows if row["id"] in ids]
        if named and not rows:
            last = named[0]
            raise UsageError(f"'{run}' no longer waits: it is {last['state']}", fix="see `loop log`")
    if not rows:
        raise UsageError(f"nothing waits{f' as {run!r}' if run else ''}", fix="`loop approve` lists what does")
    if len(rows) > 1:
        known = ", ".join(f"{row['id']} ({row['stage']})" for row in rows)
        raise UsageError(f"{len(rows)} promotions wait: {known}", fix="name one of them: loop approve ID")
    return rows[0]


def _answer(ui: Ui, chosen: dict[str, Any], *, approved: bool, reason: str) -> int:
    """Writes the answer down, then carries it out unless another process holds the home: that one does."""
    from datetime import UTC, datetime

    from loop.cycle.approval import person
    from loop.cycle.lock import HomeInUse
    from loop.store.approval_log import Reply, append

    home = Home(default_root())
    if chosen["answer"] is None:
        append(home.approvals, Reply(chosen["id"], approved, person(), reason, datetime.now(UTC)))
    try:
        return _carry_out(ui, chosen, approved=approved)
    except HomeInUse:
        answer = "approve" if approved else "reject"
        data: dict[str, Any] = {"id": chosen["id"], "stage": chosen["stage"], "answer": answer, "reason": reason}
        data |= {"carried_out": False, "version": ""}
        word = "approved" if approved else "rejected"
        ui.emit(data, lambda: click.echo(f"{word}: {_what(chosen)}; the run that is at work carries it out"))
        return 0


def _carry_out(ui: Ui, chosen: dict[str, Any], *, approved: bool) -> int:
    """Promotes, or does not, under the settings that the cycle was begun with."""
    import json

    from loop.settings_load import stored
    from loop.store import ask_approvals

    with opening.store() as connection:
        text = ask_approvals.proposal(connection, chosen["id"])
        assert text is not None  # it was chosen among those
        settings = stored(json.loads(ask_approvals.settings_of(connection, text["settings_sha256"])))
    with opening.context(ui, settings) as ctx:
        from loop.cycle.carry_out import carry_out

        approval, promotion = carry_out(ctx, chosen["id"])
    data: dict[str, Any] = {"id": approval.id, "stage": approval.stage, "adapter": approval.adapter}
    data |= {"state": approval.state}
    data |= {"answered_by": approval.answered_by, "reason": approval.reason, "carried_out": True}
    data["version"] = promotion.version if promotion else ""
    result = f"in service as {promotion.version}" if promotion else "the champion stays"
    ui.emit(data, lambda: click.echo(f"{_what(chosen)}: {approval.says}; {result}"))
    if approved and approval.state == "expired":
        raise GateRefused(f"it can no longer be approved: {approval.reason}", fix="`loop run` makes a new challenger")
    return 0


def _what(row: dict[str, Any]) -> str:
    return f"{row['stage']}: adapter {row['adapter'][:12]} instead of {row['champion'][:12]} ({row['delta']:+.3f})"
