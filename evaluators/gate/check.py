"""Is a task fit to be asked? Its reference must pass all stages, plain and sanitized, and cheap cheats must fail."""

from __future__ import annotations

from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec


def check_spec(oracle: Oracles, spec: FunctionSpec) -> list[str]:
    """What is wrong with it, one sentence each; empty: fit. Raises EvaluatorError when grading cannot go on."""
    problems = []
    own = oracle.grade(spec, spec.reference)
    if not own.passed:
        return [f"the reference is judged {own.kind}: {own.evidence}"]
    for name, body in cheats(spec):
        verdict = oracle.grade(spec, f"{spec.signature} {{ {body} }}\n")
        if verdict.passed:
            problems.append(f"{name} passes all {verdict.cases_total} cases")
    return problems


def cheats(spec: FunctionSpec) -> list[tuple[str, str]]:
    """(name, body) of answers that look at nothing: an empty stub, and constants where something is returned."""
    if spec.returns == "void":
        return [("an empty stub", "")]
    return [(f"'return {value}'", f"return {value};") for value in ("0", "1", "-1")]
