"""Which oracle judges which kind of task: one line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evaluators.oracles.protocol import Oracle, Spec


def _function() -> Oracle[Any, Any]:
    from evaluators.oracles.differential import DifferentialOracle

    return DifferentialOracle()


def _judgment() -> Oracle[Any, Any]:
    from evaluators.oracles.judgment import JudgmentOracle

    return JudgmentOracle()


_MAKERS: dict[str, Callable[[], Oracle[Any, Any]]] = {
    "function": _function,
    "judgment": _judgment,
}
_made: dict[str, Oracle[Any, Any]] = {}


def oracle_for(spec: Spec) -> Oracle[Any, Any]:
    """The oracle of the spec's type. Raises KeyError for a type without one."""
    if spec.type not in _made:
        _made[spec.type] = _MAKERS[spec.type]()
    return _made[spec.type]
