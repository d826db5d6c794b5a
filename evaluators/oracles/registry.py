"""Which oracle judges which kind of task: one line each."""

from __future__ import annotations

import importlib
from typing import Any

from evaluators.oracles.protocol import Oracle, Spec

ORACLES = {
    "documentation": ("evaluators.oracles.documentation", "DocumentationOracle"),
    "function": ("evaluators.oracles.differential", "DifferentialOracle"),
    "judgment": ("evaluators.oracles.judgment", "JudgmentOracle"),
    "performance": ("evaluators.oracles.performance", "PerformanceOracle"),
    "refactoring": ("evaluators.oracles.refactoring", "RefactoringOracle"),
    "repository": ("evaluators.oracles.repository", "RepositoryOracle"),
    "suite": ("evaluators.oracles.suite", "SuiteOracle"),
    "tests": ("evaluators.oracles.test_writing", "WrittenTestsOracle"),
}
"""Type of spec -> (module, class) of its oracle; imported when the first spec of that type is met."""
_made: dict[str, Oracle[Any, Any]] = {}


def oracle_for(spec: Spec) -> Oracle[Any, Any]:
    """The oracle of the spec's type. Raises KeyError for a type without one."""
    if spec.type not in _made:
        module, name = ORACLES[spec.type]
        _made[spec.type] = getattr(importlib.import_module(module), name)()
    return _made[spec.type]
