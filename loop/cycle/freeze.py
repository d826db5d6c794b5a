"""A freeze: since a honeypot was passed, nothing is harvested, trained on or promoted until a person has looked.

What was passed by a hack would be learned as if it were a solution. Practice and audits go on: they only measure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loop.cycle.lock import hold
from loop.errors import HarvestFrozen, UsageError
from loop.store import ask, write

if TYPE_CHECKING:
    from loop.cycle.context import Context


def require_unfrozen(ctx: Context, what: str) -> None:
    """Raises HarvestFrozen, saying why `what` may not be done, while a freeze is not lifted."""
    with ctx.store.read() as connection:
        found = ask.frozen(connection)
    if found is not None:
        raise HarvestFrozen(f"{what}: {proven(found)}", fix=remedy(found))


def proven(freeze: dict[str, Any]) -> str:
    """What is known, in one sentence. freeze: a row of `ask.frozen`."""
    others = f", and {freeze['proofs'] - 1} more answers did the like" if freeze["proofs"] > 1 else ""
    return (
        f"frozen since {freeze['created']:%Y-%m-%d %H:%M}, because {freeze['reason']} "
        f"(audit {freeze['audit_id']}, sample {freeze['sample_id']}){others}"
    )


def remedy(freeze: dict[str, Any]) -> str:
    """How to look, and how to go on."""
    query = f"SELECT * FROM v_honeypots WHERE sample_id = '{freeze['sample_id']}'"
    return (
        f'look at what it did (loop db sql --json "{query}"), mend the grader, then '
        '`loop harvest --lift-freeze --reason "what was found"` and `loop run`, which goes on from here'
    )


def lift(ctx: Context, reason: str, *, dry_run: bool = False) -> int:
    """Lifts the freeze: a person has looked, and `reason` says what was found; it stays in the history for ever.

    Gives the number of proofs that were open. Raises UsageError without a reason, or when nothing is frozen.
    """
    if not reason.strip():
        raise UsageError("lifting a freeze needs a reason", fix='add --reason "what was found"')
    with hold(ctx.home):
        ctx.journal.replay(ctx.store)
        with ctx.store.read() as connection:
            found = ask.frozen(connection)
        if found is None:
            raise UsageError("nothing is frozen", fix="see `loop log` for what once was")
        if not dry_run:
            with ctx.store.write() as connection:
                write.lift_freezes(connection, reason.strip())
    return int(found["proofs"])
