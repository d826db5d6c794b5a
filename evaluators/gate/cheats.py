"""Answers that look at nothing, or reach for the grader instead: none of them may pass any task."""

from __future__ import annotations

from evaluators.spec import FunctionSpec


def thoughtless(spec: FunctionSpec) -> dict[str, str]:
    """Name -> C of answers that do not depend on the input: an empty stub, or constants where something is returned."""
    if spec.returns == "void":
        return {"an empty stub": f"{spec.signature} {{ }}\n"}
    return {f"'return {value}'": f"{spec.signature} {{ return {value}; }}\n" for value in ("0", "1", "-1")}
