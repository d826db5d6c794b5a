"""`python -m evaluators.bench [candidates]`: what a verdict costs."""

from __future__ import annotations

import sys

from evaluators.bench.costs import main

main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
