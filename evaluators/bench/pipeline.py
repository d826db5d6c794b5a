"""One run of the whole grader over given answers, in a process of its own: `python -m evaluators.bench.pipeline`.

Started plainly it grades in boxes; started in an outer box (`evaluators.bench.outer_box`) it grades without them, with
everything else the same. What is built once a machine (drivers, the proof of the tier) is there before the clock
starts; verdicts and references are not.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from evaluators.oracles.session import Oracles
from evaluators.spec import from_json
from evaluators.verdict import Verdict


def main() -> None:
    """Work (stdin): cache ("" for a temporary one), sandbox, cases, seed, workers, specs {name: spec}, jobs
    [[id, name of the spec, answer]]. Result (stdout): seconds, tier, verdicts {id: [kind, evidence, oracle]}."""
    work = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as temporary:
        json.dump(grade(work, Path(work["cache"] or temporary)), sys.stdout)


def grade(work: dict[str, Any], cache: Path) -> dict[str, Any]:
    specs = {name: from_json(spec) for name, spec in work["specs"].items()}
    jobs = [(job, specs[name], answer) for job, name, answer in work["jobs"]]
    settings = {name: work[name] for name in ("sandbox", "cases", "seed", "workers")}
    with Oracles(cache_dir=cache, **settings) as oracles:
        oracles.grade(jobs[0][1], jobs[0][1].reference)
    forget_verdicts(cache)
    began = time.monotonic()
    verdicts: dict[str, Verdict] = {}
    with Oracles(cache_dir=cache, **settings) as oracles:
        verdicts.update(oracles.grade_many(jobs))
        tier = oracles.tier
    seconds = time.monotonic() - began
    shown = {job: [v.kind.value, v.evidence, v.oracle] for job, v in verdicts.items()}
    return {"seconds": seconds, "tier": tier, "verdicts": shown}


def forget_verdicts(cache: Path) -> None:
    for path in cache.glob("verdicts.sqlite*"):
        path.unlink()


if __name__ == "__main__":
    main()
