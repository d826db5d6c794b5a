"""How the gate behaves when the truth is known. `python -m loop.gate.simulate [RUNS]` prints what docs/gate.md quotes.

Simulated audits look like real ones: 12 families of 8 to 30 tasks, true pass rates spread over [0, 1], four samples.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np

from loop.gate.bootstrap import Floats, Indices, interval, two_stage_means
from loop.gate.decision import Policy, decide
from loop.gate.scores import AuditScores, TaskScore

K = 4
QUICK = Policy(bootstrap=300)


def families(rng: np.random.Generator, count: int) -> Indices:
    """Family of each task, 8 to 30 tasks a family."""
    return np.repeat(np.arange(count), rng.integers(8, 31, count))


def audit(name: str, rates: Floats, family: Indices, rng: np.random.Generator, k: int = K) -> AuditScores:
    """What an audit of an adapter with these true pass rates could have found."""
    passes, greedy = rng.binomial(k, rates), rng.random(len(rates)) < rates
    tasks = tuple(
        TaskScore(f"t{i:04d}", f"f{f:02d}", k, int(c), bool(g))
        for i, (f, c, g) in enumerate(zip(family, passes, greedy, strict=True))
    )
    return AuditScores(name, name, "audit", k, 0.8, 1, tasks)


def outcomes(gain: float, spread: float, runs: int, *, count: int = 12) -> dict[str, float]:
    """Share of each outcome when families gain `gain` on average, with standard deviation `spread`."""
    rng, found = np.random.default_rng(1), {"promote": 0, "inconclusive": 0, "reject": 0}
    for run in range(runs):
        family = families(rng, count)
        base = rng.beta(1.2, 1.4, len(family))
        better = np.clip(base + (gain + rng.normal(0, spread, count))[family], 0, 1)
        pair = audit("champion", base, family, rng), audit("challenger", better, family, rng)
        found[decide(*pair, QUICK, run).outcome] += 1
    return {outcome: times / runs for outcome, times in found.items()}


def coverage(count: int, spread: float, runs: int) -> dict[str, float]:
    """How often three 95 % bootstrap intervals of a mean difference hold the truth (0.1)."""
    rng = np.random.default_rng(2)
    held = {"families, then tasks": 0, "families only": 0, "tasks only": 0}
    for _ in range(runs):
        family = families(rng, count)
        values = 0.1 + rng.normal(0, spread, count)[family] + rng.normal(0, 0.35, len(family))
        size = np.bincount(family)
        draws = rng.multinomial(count, np.ones(count) / count, size=500)
        whole = draws @ np.bincount(family, weights=values) / (draws @ size)
        groups = [
            (two_stage_means(values[family == f], family[family == f] * 0, 500, rng), n) for f, n in enumerate(size)
        ]
        within = sum(means * n for means, n in groups) / size.sum()
        intervals = {
            "families, then tasks": interval(values, family, resamples=500, rng=rng),
            "families only": tuple(np.quantile(whole, [0.025, 0.975])),
            "tasks only": tuple(np.quantile(within, [0.025, 0.975])),
        }
        for method, (low, high) in intervals.items():
            held[method] += bool(low <= 0.1 <= high)
    return {method: times / runs for method, times in held.items()}


def falls_caught(size: int, fall: float, runs: int, *, count: int = 33) -> float:
    """How often the gate rejects a gain of 15 points everywhere but in one family of `size` tasks, which falls."""
    rng, caught = np.random.default_rng(4), 0
    for run in range(runs):
        family = np.repeat(np.arange(count), [size, *[6] * (count - 1)])
        base = rng.beta(1.2, 1.4, len(family))
        base[family == 0] = rng.uniform(fall, 1, size)
        better = np.where(family == 0, base - fall, np.clip(base + 0.15, 0, 1))
        pair = audit("champion", base, family, rng), audit("challenger", better, family, rng)
        caught += decide(*pair, QUICK, run).outcome == "reject"
    return caught / runs


def decision_seconds(tasks: int, count: int, policy: Policy) -> float:
    """CPU seconds of one decision, best of three."""
    rng, family = np.random.default_rng(3), np.arange(tasks) % count
    pair = audit("a", rng.random(tasks), family, rng), audit("b", rng.random(tasks), family, rng)
    times = []
    for _ in range(3):
        start = time.process_time()
        decide(*pair, policy, 1)
        times.append(time.process_time() - start)
    return min(times)


def main(runs: int) -> None:
    print(f"outcomes, {runs} runs each\n\n| true gain | spread over families | promote | inconclusive | reject |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for gain, spread in ((0.0, 0.0), (0.0, 0.1), (-0.05, 0.05), (0.05, 0.05), (0.1, 0.05), (0.3, 0.1), (-0.1, 0.05)):
        shares = outcomes(gain, spread, runs)
        print(f"| {gain:+.2f} | {spread:.2f} | " + " | ".join(f"{share:.3f}" for share in shares.values()) + " |")
    print(f"\ncoverage of 95 % intervals, {runs} runs each\n")
    for i, (count, spread) in enumerate((c, s) for c in (6, 12) for s in (0.0, 0.1, 0.2)):
        shares = coverage(count, spread, runs)
        if i == 0:
            print("| families | spread | " + " | ".join(shares) + " |\n| ---: | ---: | ---: | ---: | ---: |")
        print(f"| {count} | {spread:.1f} | " + " | ".join(f"{share:.3f}" for share in shares.values()) + " |")
    print(f"\na family's fall caught, {runs} runs each\n\n| true fall | 6 tasks | 12 tasks | 24 tasks |")
    print("| ---: | ---: | ---: | ---: |")
    for fall in (0.3, 0.4, 0.6):
        print(f"| {fall:.1f} | " + " | ".join(f"{falls_caught(size, fall, runs):.2f}" for size in (6, 12, 24)) + " |")
    print("\nCPU seconds of a decision\n\n| tasks | families | swaps | seconds |\n| ---: | ---: | --- | ---: |")
    for tasks, count, swaps in (
        (150, 12, "4,096, exact"),
        (1000, 12, "4,096, exact"),
        (1000, 40, "10,000"),
        (1000, 1000, "10,000"),
    ):
        seconds = decision_seconds(tasks, count, replace(Policy(), permutations=10_000))
        print(f"| {tasks} | {count} | {swaps} | {seconds:.3f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
