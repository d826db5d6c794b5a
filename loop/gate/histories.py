"""Whole histories of promotions when the truth is known.

    python -m loop.gate.histories [HISTORIES] [ROWS.json]

Each history has twenty rounds on one audit set; in each, champion and challenger are audited anew and the gate decides,
with the ledger's shares, look by look. The audit is the default one of the micro model: 206 tasks in 33 families, four
completions and a greedy one a task. Prints what docs/results.md quotes; `loop.report.gate_plot` draws ROWS.json.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from loop.gate.attempt import Attempt, Past, looks, share
from loop.gate.bootstrap import Floats, Indices
from loop.gate.decision import Decision, Policy, decide
from loop.gate.scores import AuditScores, TaskScore

POLICY = Policy(bootstrap=300)
TASKS, FAMILIES, BUDGET, FIRST, ROUNDS = 206, 33, 4, 2, 20
SPREAD = 0.05  # standard deviation of a gain between families
GAINS = (-0.05, 0.0, 0.02, 0.05, 0.075, 0.10, 0.15, 0.20)
NAIVE_P = 0.05


@dataclass(frozen=True)
class Round:
    """One attempt: what the gate did, what it cost of the fixed audit's completions, and what simpler gates would have
    done with the whole audits. fixed: the same test at the same alpha, looked at once, at the end."""

    promoted: bool
    cost: float
    outcome: str
    fixed: bool
    went_up: bool
    significant: bool


def families() -> Indices:
    """Six or seven tasks a family, as the pack has them."""
    return np.sort(np.arange(TASKS) % FAMILIES)


def challenger_rates(champion: Floats, family: Indices, gain: float, rng: np.random.Generator) -> Floats:
    """True pass rates that are better by `gain` on these very tasks, unevenly over families; with gain 0 the challenger
    is nowhere near better by luck of its families: what they differ by sums to nothing, or to a loss."""
    rates = np.clip(champion + (gain + rng.normal(0, SPREAD, FAMILIES))[family], 0, 1)
    for _ in range(20):  # clipping shifts the mean, and so does the mean of the draws
        rates = np.clip(rates + gain - float((rates - champion).mean()), 0, 1)
    return rates


def completions(rates: Floats, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Passes (tasks, BUDGET), and of the greedy answers (tasks,)."""
    return rng.random((len(rates), BUDGET)) < rates[:, None], rng.random(len(rates)) < rates


def at_look(name: str, passed: np.ndarray, greedy: np.ndarray, family: Indices, k: int) -> AuditScores:
    tasks = tuple(
        TaskScore(f"t{i:04d}", f"f{f:02d}", k, int(passed[i, :k].sum()), bool(greedy[i])) for i, f in enumerate(family)
    )
    return AuditScores(name, name, "audit", k, 0.8, 1, tasks)


def one_round(champion: Floats, challenger: Floats, family: Indices, alpha: float, rng: np.random.Generator) -> Round:
    """Both audits, and the gate at each look until it is settled."""
    old, new = completions(champion, rng), completions(challenger, rng)
    attempt = Attempt(1, alpha, looks(BUDGET, FIRST))
    pairs: list[tuple[AuditScores, AuditScores]] = []
    decision: Decision | None = None
    seed = int(rng.integers(1 << 31))
    for k in attempt.looks:
        pair = at_look("champion", *old, family, k), at_look("challenger", *new, family, k)
        decision = decide(*pair, POLICY, seed, attempt=attempt, earlier=pairs)
        pairs.append(pair)
        if decision.settled:
            break
    assert decision is not None
    whole = at_look("champion", *old, family, BUDGET), at_look("challenger", *new, family, BUDGET)
    fixed = decide(*whole, POLICY, seed, attempt=Attempt(1, alpha, (BUDGET,)))
    return Round(
        promoted=decision.promoted,
        cost=(decision.k + 1) / (BUDGET + 1),
        outcome=decision.outcome,
        fixed=fixed.promoted,
        went_up=fixed.delta > 0,
        significant=fixed.p_value < NAIVE_P and fixed.delta >= POLICY.eta,
    )


def history(seed: int, gain: float = 0.0) -> list[Round]:
    """Twenty rounds on one audit set, in which no challenger is better than the champion it faces."""
    rng, family = np.random.default_rng([seed, 1]), families()
    champion = rng.beta(1.2, 1.4, TASKS)
    past: list[Past] = []
    rounds: list[Round] = []
    for _ in range(ROUNDS):
        alpha = share(past, POLICY)
        if alpha <= 0:
            break
        challenger = challenger_rates(champion, family, gain, rng)
        rounds.append(one_round(champion, challenger, family, alpha, rng))
        past.append(Past(alpha, rounds[-1].promoted))
        if rounds[-1].promoted:
            champion = challenger
    return rounds


def attempt_with(seed: int, gain: float, alpha: float) -> Round:
    """A first attempt with a known gain."""
    rng, family = np.random.default_rng([seed, 2, int(gain * 1000) + 500]), families()
    champion = rng.beta(1.2, 1.4, TASKS)
    return one_round(champion, challenger_rates(champion, family, gain, rng), family, alpha, rng)


def false_promotions(histories: Sequence[Sequence[Round]], gate: Callable[[Round], bool]) -> list[float]:
    """Share of histories with a promotion up to and with each round."""
    return [
        sum(any(gate(r) for r in rounds[: upto + 1]) for rounds in histories) / len(histories) for upto in range(ROUNDS)
    ]


GATES: dict[str, Callable[[Round], bool]] = {
    "the gate": lambda r: r.promoted,
    "p < 0.05 each time": lambda r: r.significant,
    "the score went up": lambda r: r.went_up,
}


def run(count: int) -> dict[str, Any]:
    """All that is simulated, as plain JSON."""
    alpha = share((), POLICY)
    with ProcessPoolExecutor() as pool:
        histories = list(pool.map(history, range(count), chunksize=8))
        attempts = {
            gain: list(pool.map(partial(attempt_with, gain=gain, alpha=alpha), range(max(count // 4, 50)), chunksize=8))
            for gain in GAINS
        }
    rounds = [one for rounds in histories for one in rounds]
    return {
        "histories": count,
        "any_false_promotion": {name: false_promotions(histories, gate) for name, gate in GATES.items()},
        "per_attempt": {name: sum(map(gate, rounds)) / len(rounds) for name, gate in GATES.items()},
        "cost_without_effect": sum(r.cost for r in rounds) / len(rounds),
        "gains": [
            {
                "gain": gain,
                "attempts": len(found),
                "power": sum(r.promoted for r in found) / len(found),
                "power_fixed": sum(r.fixed for r in found) / len(found),
                "rejected": sum(r.outcome == "reject" for r in found) / len(found),
                "cost": sum(r.cost for r in found) / len(found),
            }
            for gain, found in attempts.items()
        ],
    }


def report(found: dict[str, Any]) -> str:
    """Two Markdown tables."""
    lines = [
        f"{found['histories']} histories of {ROUNDS} rounds, no challenger ever better",
        "",
        "| gate | any false promotion in 20 rounds | per attempt |",
        "| --- | ---: | ---: |",
    ]
    for name, shares in found["any_false_promotion"].items():
        lines.append(f"| {name} | {shares[-1]:.4f} | {found['per_attempt'][name]:.4f} |")
    lines += [
        "",
        f"cost of an attempt without effect: {found['cost_without_effect']:.3f} of the fixed audit",
        "",
        "| true gain | attempts | promoted | promoted by the fixed audit | rejected | cost |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in found["gains"]:
        lines.append(
            f"| {row['gain']:+.3f} | {row['attempts']} | {row['power']:.3f} | {row['power_fixed']:.3f}"
            f" | {row['rejected']:.3f} | {row['cost']:.3f} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    found = run(int(arguments[0]) if arguments else 2000)
    print(report(found))
    if len(arguments) > 1:
        Path(arguments[1]).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
