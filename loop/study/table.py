"""The table of a study of methods: one line an arm, over its seeds. Markdown, so that it can be put into a page.

python -m loop.study.table HOME            # what a study left under LOOP_HOME/studies/methods
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from loop.errors import LoopError, UsageError
from loop.study.arms import ARMS
from loop.study.methods import RESULT, Result, read_result

HEAD = (
    "| arm | seeds | gain, mean | gain by seed | worst p | beyond sft, seed by seed | promoted | wall s "
    "| of it training | practised | sampled in training | last rows |",
    "| --- | ---: | ---: | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
)
PLAIN = ARMS[0].name  # what the other arms are compared with


def table(results: Sequence[Result]) -> list[str]:
    """Lines of Markdown. Gains in points of pass@1; the other figures are means over the seeds.

    Beyond sft: the last champion's pass@1 less that of the arm `sft` with the same seed, on the same audit questions
    and under the same seed; the mean, then each seed's.
    """
    arms: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        arms[result.arm].append(result)
    order = [arm.name for arm in ARMS if arm.name in arms]
    plain = {result.seed: result.final for result in arms[PLAIN]}
    return [*HEAD, *(_line(name, sorted(arms[name], key=lambda result: result.seed), plain) for name in order)]


def _line(name: str, found: list[Result], plain: Mapping[int, float]) -> str:
    gains = ", ".join(f"{100 * r.delta:+.1f} [{100 * r.ci[0]:+.1f}, {100 * r.ci[1]:+.1f}]" for r in found)

    def mean(field: str) -> str:
        return f"{statistics.mean(getattr(result, field) for result in found):,.0f}"

    cells = (
        name, str(len(found)), f"{100 * statistics.mean(r.delta for r in found):+.1f}", gains,
        f"{max(r.p_value for r in found):.4f}", "" if name == PLAIN else _beyond(found, plain),
        f"{sum(r.promoted for r in found)}/{sum(r.cycles for r in found)}",
        mean("seconds"), mean("training_seconds"), mean("practice_samples"), mean("training_samples"), mean("rows"),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _beyond(found: Sequence[Result], plain: Mapping[int, float]) -> str:
    """Empty where no seed of the arm was run with `sft` too."""
    more = [100 * (result.final - plain[result.seed]) for result in found if result.seed in plain]
    return f"{statistics.mean(more):+.1f}: {', '.join(f'{each:+.1f}' for each in more)}" if more else ""


def found_in(home: Path) -> list[Result]:
    """The results that a study left in a home. Raises UsageError when there is none."""
    files = sorted((home / "studies" / "methods").glob(f"*/{RESULT}"))
    if not files:
        raise UsageError(f"no study has run in {home}", fix="name a LOOP_HOME in which `loop study methods` has been")
    return [read_result(file) for file in files]


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print("\n".join(table(found_in(Path(arguments[0])))))
    except LoopError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
