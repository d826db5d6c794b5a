"""What each way of learning gains: a few cycles of one stage from an empty state, several seeds, the same audit.

Every arm and seed has a home of its own, so that a study which is stopped goes on; an arm that is complete is read and
not run, and what all arms of a seed do alike is done once (`loop.study.sharing`). The gain is the gate's own paired
comparison of base and last champion on the audit split.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.cycle.audit import audit
from loop.cycle.context import Context, open_context
from loop.cycle.run import run_cycle
from loop.cycle.seeds import derive
from loop.errors import TrainingError
from loop.home import Home, open_home
from loop.report.progress import Reporter
from loop.stage_names import StageName
from loop.store import ask
from loop.study.merging import inherit, merge_champion
from loop.study.sharing import SHARED, share_start, shared_seconds

if TYPE_CHECKING:
    from loop.config import Settings
    from loop.study.arms import Arm

RESULT = "result.json"
FIRST_HOME = "home"


@dataclass(frozen=True)
class Result:
    """One arm and seed. after: pass@1 of who serves after each cycle, on its own audit; base, final: on the study's.

    delta, ci, p_value: final against base, paired. seconds: of the cycles' steps; training_seconds: of training alone.
    practice_samples: answers that were practised; training_samples: answers sampled inside training (grpo). rows: of
    the last training set. notes: cycles that ended without an adapter, and why.
    """

    arm: str
    seed: int
    stage: str
    cycles: int
    base: float
    after: tuple[float, ...]
    final: float
    delta: float
    ci: tuple[float, float]
    p_value: float
    promoted: int
    seconds: float
    training_seconds: float
    practice_samples: int
    training_samples: int
    rows: int
    notes: tuple[str, ...] = ()


def study(
    arm: Arm, seed: int, settings: Settings, root: Path, *, stage: StageName, cycles: int, reporter: Reporter
) -> Result:
    """Runs the arm, or the rest of it, in `root`. Raises what the cycles raise, but for trainings that come to nothing:
    these are noted, and the next cycle follows."""
    place = root / f"{arm.name}-seed{seed}"
    done = place / RESULT
    if done.exists():
        known = read_result(done)
        if known.cycles == cycles and known.stage == stage:
            return known
    settings = replace(settings, run=replace(settings.run, seed=seed, stages=stage, cycles=cycles))
    settings = replace(settings, gate=replace(settings.gate, require_approval=False))  # its champions serve nobody
    run = _run_merged if arm.merged else _run_frozen
    homes, final_settings = run(settings, place, stage, cycles, reporter)
    result = _result(arm, seed, settings, final_settings, homes, stage, cycles, reporter)
    result = replace(result, seconds=round(result.seconds + shared_seconds(place), 1))
    done.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")
    return result


def read_result(path: Path) -> Result:
    fields: Any = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(path.read_text(encoding="utf-8")).items()
    }
    return Result(**fields)


def _run_frozen(
    settings: Settings, place: Path, stage: StageName, cycles: int, reporter: Reporter
) -> tuple[list[Home], Settings]:
    """All cycles in one home."""
    home = open_home(place / FIRST_HOME)
    with open_context(settings, home, reporter) as ctx:
        share_start(ctx, place, _donors(place))
        _cycle_up_to(ctx, cycles)
    return [home], settings


def _run_merged(
    settings: Settings, place: Path, stage: StageName, cycles: int, reporter: Reporter
) -> tuple[list[Home], Settings]:
    """A home a cycle: each begins with the base into which the champion before it was merged, and with its pool."""
    homes: list[Home] = []
    for number in range(1, cycles + 1):
        home = open_home(place / (FIRST_HOME if number == 1 else f"home-{number}"))
        with open_context(settings, home, reporter) as ctx:
            if homes:
                inherit(ctx, homes[-1], stage, number)
            else:
                share_start(ctx, place, _donors(place))
            _cycle_up_to(ctx, number)
            merged = merge_champion(ctx, stage, place / f"merged-{number}") if number < cycles else None
        homes.append(home)
        if merged is not None:
            settings = replace(settings, model=replace(settings.model, base=str(merged)))
    return homes, settings


def _donors(place: Path) -> list[Path]:
    """First homes of the complete arms of the same seed that were given nothing."""
    alike = place.parent.glob(f"*-{place.name.rpartition('-')[2]}")
    return [
        other / FIRST_HOME for other in sorted(alike) if (other / RESULT).exists() and not (other / SHARED).exists()
    ]


def _cycle_up_to(ctx: Context, number: int) -> None:
    """Runs cycles until `number` of them are complete; one whose training came to nothing is complete."""
    while _complete(ctx) < number:
        try:
            run_cycle(ctx)
        except TrainingError as error:
            if _complete(ctx) == 0 and not _closed(ctx):
                raise
            ctx.reporter.say(f"no adapter in this cycle: {error.message}")


def _closed(ctx: Context) -> bool:
    with ctx.store.read() as connection:
        return ask.unfinished(connection) is None


def _complete(ctx: Context) -> int:
    with ctx.store.read() as connection:
        found = ask.one(
            connection, "SELECT coalesce(max(number), 0) AS n FROM cycles WHERE state IN ('finished', 'failed')"
        )
    return int(found["n"]) if found else 0


def _result(
    arm: Arm, seed: int, settings: Settings, final_settings: Settings, homes: list[Home], stage: StageName, cycles: int,
    reporter: Reporter,
) -> Result:  # fmt: skip
    from loop.gate.decision import Policy, decide

    with open_context(settings, homes[0], reporter) as ctx:
        before = audit(ctx, "base", stage=stage, seed=derive(seed, "study"))
    with open_context(final_settings, homes[-1], reporter) as ctx:
        after = audit(ctx, ctx.champion(stage), stage=stage, seed=derive(seed, "study"))
    decision = decide(before.scores, after.scores, Policy.from_settings(settings.gate), derive(seed, "study-gate"))
    measured = [_measured(home, stage) for home in homes]
    return Result(
        arm=arm.name,
        seed=seed,
        stage=stage,
        cycles=cycles,
        base=before.summary.pass_at_1,
        after=tuple(score for m in measured for score in m["after"]),
        final=after.summary.pass_at_1,
        delta=decision.delta,
        ci=decision.ci,
        p_value=decision.p_value,
        promoted=sum(m["promoted"] for m in measured),
        seconds=round(sum(m["seconds"] for m in measured), 1),
        training_seconds=round(sum(m["training"] for m in measured), 1),
        practice_samples=sum(m["practice"] for m in measured),
        training_samples=sum(m["sampled"] for m in measured),
        rows=measured[-1]["rows"],
        notes=tuple(note for m in measured for note in m["notes"]),
    )


def _measured(home: Home, stage: StageName) -> Mapping[str, Any]:
    """What one home's store says of its cycles."""
    from loop.store.db import Store

    with Store(home.store).read() as connection:
        summary = ask.rows(connection, "SELECT * FROM v_cycle_summary WHERE stage = ? ORDER BY number", [stage])
        times = ask.rows(
            connection,
            "SELECT kind, sum(seconds) AS seconds FROM step_times t JOIN cycles c ON c.id = t.cycle_id GROUP BY kind",
        )
        metrics = ask.rows(connection, "SELECT metrics FROM adapters WHERE cycle_id IS NOT NULL")
    split = {row["kind"]: row["seconds"] for row in times}
    closed = [row for row in summary if row["state"] in ("finished", "failed")]
    return {
        "after": [
            row["challenger_pass_at_1"] if row["outcome"] == "promote" else row["champion_pass_at_1"]
            for row in closed
            if row["outcome"]
        ],
        "promoted": sum(row["outcome"] == "promote" for row in closed),
        "seconds": sum(split.values()),
        "training": split.get("training", 0.0),
        "practice": sum(row["practice_samples"] for row in closed if row["cycle_id"]),
        "sampled": sum(int(ask.stored_json(row["metrics"]).get("completions", 0)) for row in metrics),
        "rows": next((row["dataset_rows"] for row in reversed(closed) if row["dataset_rows"]), 0),
        "notes": [f"cycle {row['number']}: {row['reason']}" for row in closed if row["state"] == "failed"],
    }
