"""`loop tasks mint`: a pack with the practice there is and audit or vault tasks that nobody has seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loop.cli import opening
from loop.cli.setting_options import settings_options
from loop.cli.ui import Ui, dry_run_option, json_option, pass_ui, talk_options
from loop.errors import PackError
from loop.settings_load import Resolved

if TYPE_CHECKING:
    from loop.tasks.kata.mint import Minted
    from loop.tasks.kata.plan import Plan
    from loop.tasks.task import Task

MINTABLE = ("kata",)


@click.command()
@click.option(
    "--from", "source", default="kata", show_default=True, metavar="PACK", help="Whose practice, whose families."
)
@click.option("--split", type=click.Choice(["audit", "vault"]), default="audit", show_default=True)
@click.option("--to", type=click.Path(path_type=Path), required=True, help="The pack's directory: new, or empty.")
@click.option("-n", "count", type=click.IntRange(min=1), metavar="COUNT", help="Tasks; default: as many as PACK has.")
@click.option("--beside", multiple=True, metavar="PACK", help="A pack whose tasks are known too (may be repeated).")
@settings_options
@dry_run_option("Say what would be made.")
@json_option
@talk_options
@pass_ui
def mint(
    ui: Ui, source: str, split: Any, to: Path, count: int | None, beside: tuple[str, ...], resolved: Resolved,
    dry_run: bool,
) -> None:  # fmt: skip
    """A task pack in a directory: PACK's practice unchanged, and fresh tasks of its families for one held-out split.

    None of them coincides with a task of PACK, of the packs beside it, or of any that this LOOP_HOME's store knows.
    """
    from loop.tasks.directory import require_empty, write_pack
    from loop.tasks.kata.fresh import known_of
    from loop.tasks.kata.mint import mint as make
    from loop.tasks.kata.plan import make_plan
    from loop.tasks.pack import load_pack

    if source not in MINTABLE:
        raise PackError(
            f"nothing can be minted from '{source}': its tasks are written, not generated",
            fix=f"choose one of: {', '.join(MINTABLE)}",
        )
    require_empty(to)
    pack, seed = load_pack(source), resolved.settings.run.seed
    others = [task for name in beside for task in load_pack(name).tasks]
    known = known_of([*pack.tasks, *others, *asked_before({task.id for task in pack.tasks})])
    plan = make_plan(pack, split, seed, count, known)
    if dry_run:
        ui.emit(_planned(plan, to), lambda: _show_plan(plan))
        return
    reporter = ui.reporter()
    with ui.talking(), opening.oracle(resolved.settings) as oracles:
        reporter.start(f"minting {split} tasks", sum(plan.quotas.values()))
        done = [0]

        def tell(now: int) -> None:
            reporter.advance(now - done[0])
            done[0] = now

        made = make(plan, known, oracles, tell)
        reporter.done(f"{len(made.fresh)} minted")
    origin = {
        "minted_from": source,
        "source_sha256": pack.sha256,
        "split": split,
        "seed": seed,
        "known": len(known.ids),
    }
    write_pack(made.pack, to, origin)
    ui.emit(_as_json(plan, made, to), lambda: _show(plan, made, to))


def asked_before(but: set[str]) -> Iterator[Task]:
    """The tasks of the store that are not among `but`, whatever pack they are of."""
    from evaluators.projects import ground_truth
    from evaluators.spec_json import spec_from_json
    from loop.store import ask
    from loop.store.rows import rows
    from loop.tasks.task import Task

    with opening.store() as connection:
        found = rows(connection, "SELECT * FROM tasks WHERE type <> 'honeypot' ORDER BY id")
    for row in found:
        if row["id"] not in but:
            truth = None if row["truth"] is None else ground_truth.from_json(ask.stored_json(row["truth"]))
            spec = spec_from_json(ask.stored_json(row["spec"]))
            yield Task(
                row["pack"], row["family"], row["split"], tuple(row["composition"]), row["prompt"], spec, row["type"],
                truth,
            )  # fmt: skip


def _planned(plan: Plan, to: Path) -> dict[str, Any]:
    return {
        "path": str(to), "name": plan.name, "split": plan.split, "seed": plan.seed,
        "practice": len(plan.source.split("practice")), "minted": _by_family(plan.quotas),
        "missing": _by_family({u: n - plan.quotas.get(u, 0) for u, n in plan.wanted.items()}), "dry_run": True,
    }  # fmt: skip


def _by_family(units: Any) -> dict[str, int]:
    from loop.tasks.kata.plan import family_of

    out: Counter[str] = Counter()
    for unit, n in units.items():
        out[family_of(unit)] += n
    return {family: n for family, n in out.items() if n > 0}


def _as_json(plan: Plan, made: Minted, to: Path) -> dict[str, Any]:
    return {
        "path": str(to), "name": plan.name, "split": plan.split, "seed": plan.seed, "sha256": made.pack.sha256,
        "practice": len(plan.source.split("practice")), "minted": dict(Counter(task.family for task in made.fresh)),
        "missing": dict(made.missing), "left_out": dict(made.left_out), "dry_run": False,
    }  # fmt: skip


def _show_plan(plan: Plan) -> None:
    click.echo(f"would mint {sum(plan.quotas.values())} {plan.split} tasks, as far as they turn out sound")
    _show_missing(_by_family({u: n - plan.quotas.get(u, 0) for u, n in plan.wanted.items()}))


def _show(plan: Plan, made: Minted, to: Path) -> None:
    practice = len(plan.source.split("practice"))
    click.echo(
        f"{to}: {len(made.fresh)} fresh {plan.split} tasks beside {practice} of practice ({made.pack.sha256[:12]})"
    )
    if made.left_out:
        click.echo("left out: " + ", ".join(f"{n} {reason}" for reason, n in sorted(made.left_out.items())))
    _show_missing(made.missing)
    click.echo(f"loop audit --pack {to} --split {plan.split}")


def _show_missing(missing: Any) -> None:
    if missing:
        said = ", ".join(f"{family} {n}" for family, n in sorted(missing.items()))
        click.echo(f"not to be had, as nothing fresh is left of these: {said}")
