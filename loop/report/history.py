"""What each cycle left in service, as rows for `loop.report.plot`, walked out of one or more homes.

python -m loop.report.history HOME [HOME ...] > rows.json
python -m loop.report.plot rows.json out.png
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loop.errors import LoopError, UsageError
from loop.home import Home
from loop.store import ask
from loop.store.db import Store

# Cycle 0 is the base; cycle n is whoever serves after it: the challenger if it was promoted, else the champion.
SERVED = """
WITH judged AS (
    SELECT c.number, c.stage, c.seed, d.outcome = 'promote' AS promoted, d.champion_audit, d.challenger_audit
    FROM cycles c JOIN decisions d ON d.cycle_id = c.id WHERE c.state = 'finished'),
served AS (
    SELECT number AS cycle, stage, seed,
           CASE WHEN promoted THEN challenger_audit ELSE champion_audit END AS audit
    FROM judged
    UNION ALL SELECT 0, stage, seed, champion_audit FROM judged WHERE number = 1),
measured AS (
    SELECT s.cycle, s.stage, s.seed, a.* EXCLUDE (stage, seed) FROM served s JOIN audits a ON a.id = s.audit
    UNION ALL
    SELECT (SELECT max(s.cycle) FROM served s JOIN audits b ON b.id = s.audit
            WHERE b.adapter = a.adapter AND s.stage = a.stage) AS cycle,
           a.stage, (SELECT any_value(seed) FROM served) AS seed, a.* EXCLUDE (stage, seed)
    FROM audits a WHERE a.split = 'vault' AND a.state = 'finished' AND a.stage <> 'chain')
SELECT stage, seed, cycle, split, adapter, id AS audit_id, pass_at_1, ci_low, ci_high, pass_at_k, k, greedy, n_tasks
FROM measured WHERE cycle IS NOT NULL ORDER BY stage, seed, split, cycle
"""


def history(home: Home) -> list[dict[str, Any]]:
    """One row an audit: stage, seed, cycle, split, adapter, audit_id, pass_at_1, ci, pass_at_k, k, greedy, n_tasks.

    Raises UsageError when there is no store, StoreError when it cannot be read.
    """
    if not home.store.exists():
        raise UsageError(f"nothing has run in {home.root}", fix="name a LOOP_HOME in which `loop run` has been")
    with Store(home.store).read() as connection:
        found = ask.rows(connection, SERVED)
    bounds = ("ci_low", "ci_high")
    return [
        {name: value for name, value in row.items() if name not in bounds} | {"ci": [row[name] for name in bounds]}
        for row in found
    ]


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        rows = [row for root in arguments for row in history(Home(Path(root)))]
    except LoopError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
