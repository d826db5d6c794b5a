"""One run of the whole grader over given answers, in a process of its own: `python -m evaluators.bench.pipeline`.

Started plainly it grades in boxes; started in an outer box (`evaluators.bench.outer_box`) it grades without them, with
everything else the same. What is built once a machine (drivers, the proof of the tier) and what belongs to the tasks
(what the references showed) is there before the clock starts; no verdict is.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from evaluators.cache import VerdictCache
from evaluators.errors import ReferenceBroken
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
    """Raises EvaluatorError, ReferenceBroken when a reference does not pass."""
    specs = {name: from_json(spec) for name, spec in work["specs"].items()}
    jobs = [(job, specs[name], answer) for job, name, answer in work["jobs"]]
    settings = {name: work[name] for name in ("sandbox", "cases", "seed", "workers")}
    with Oracles(cache_dir=cache, **settings) as oracles:
        for name, verdict in oracles.grade_many((name, spec, spec.reference) for name, spec in specs.items()):
            if not verdict.passed:
                raise ReferenceBroken(f"'{specs[name].name}': {verdict.kind} {verdict.evidence}")
    known = VerdictCache(cache / "verdicts.sqlite")
    known.forget_verdicts()
    known.close()
    began = time.monotonic()
    verdicts: dict[str, Verdict] = {}
    with Oracles(cache_dir=cache, **settings) as oracles:
        verdicts.update(oracles.grade_many(jobs))
        tier = oracles.tier
    seconds = time.monotonic() - began
    shown = {job: [v.kind.value, v.evidence, v.oracle] for job, v in verdicts.items()}
    return {"seconds": seconds, "tier": tier, "verdicts": shown}


if __name__ == "__main__":
    main()
