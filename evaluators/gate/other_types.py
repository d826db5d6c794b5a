"""The gate for tasks that are not one function: what must be refused, steadiness, mutants of a change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from evaluators.box.workshop import Workshop
from evaluators.errors import GraderFault
from evaluators.gate.mutate import LIMIT, Mutant, mutants
from evaluators.gate.mutation import MutationReport
from evaluators.oracles.protocol import Slow, Spec
from evaluators.oracles.registry import oracle_for
from evaluators.oracles.repository import RepositorySpec, reference_of
from evaluators.oracles.repository_cheats import cheats
from evaluators.oracles.session import Oracles
from evaluators.projects.edit_diff import edits_between
from evaluators.projects.edits import render_edits
from evaluators.text.syntax import functions, parse
from evaluators.verdict import Kind

SEARCH = 500
"""Further cases that a mutant of a change must pass to count as equivalent."""
SEARCH_SEED = 4711


def answer_of(spec: Spec) -> str:
    """Our own answer to a task. Raises TypeError for a type that has none."""
    for field in ("reference", "label"):
        answer = getattr(spec, field, None)
        if isinstance(answer, str):
            return answer
    raise TypeError(f"a {spec.type} task has no answer of ours")


def refused_answers(spec: Spec) -> list[tuple[str, str]]:
    """(name, answer) of what must not pass: nothing at all, and for a repository changes that change nothing."""
    found = [("an empty answer", "")]
    if isinstance(spec, RepositorySpec):
        found += cheats(spec)
    options = getattr(spec, "options", ())
    found += [(f"'{option}'", option) for option in options if option != answer_of(spec)]
    return found


def unsteady(oracles: Oracles, spec: Spec, answer: str, runs: int) -> list[str]:
    """A sentence when our own answer does not pass each time; what a clock decides is not asked here."""
    oracle: Any = oracle_for(spec)
    if not getattr(oracle, "executes", True):
        return []

    def again(workshop: Workshop) -> list[str]:
        exam = oracle.prepare(spec, oracles.setting(spec), workshop)
        for run in range(1, runs + 1):
            try:
                verdict = oracle.grade(exam, answer, workshop, alone=False)
            except Slow:
                continue
            if not verdict.passed:
                return [
                    f"the reference is flaky: in run {run} of {runs} it is judged {verdict.kind}: {verdict.evidence}"
                ]
        return []

    found: list[str] = oracles.call(again).result()
    return found


def changes_score(oracles: Oracles, spec: RepositorySpec, limit: int = LIMIT) -> MutationReport:
    """The mutation score of the probe's cases: mutants of the functions that our own edits wrote.

    A survivor that also passes `SEARCH` further cases counts as equivalent. Raises GraderFault.
    """
    made = change_mutants(spec, limit)
    verdicts = dict(oracles.grade_many((str(i), spec, answer) for i, (_, answer) in enumerate(made)))
    if faults := [v for v in verdicts.values() if v.kind is Kind.INFRA]:
        raise GraderFault(f"mutants of '{spec.probe.name}' could not be graded: {faults[0].evidence}")
    compiled = [i for i in range(len(made)) if verdicts[str(i)].kind is not Kind.COMPILE_ERROR]
    alive = [i for i in compiled if verdicts[str(i)].passed]
    unseen = _unseen(oracles, spec, [made[i][1] for i in alive])
    missed = [made[i][0] for i, equal in zip(alive, unseen, strict=True) if not equal]
    names = tuple(f"{mutant.operator}, {mutant.description}" for mutant in missed)
    return MutationReport(len(compiled), len(compiled) - len(alive), sum(unseen), 0, names)


def change_mutants(spec: RepositorySpec, limit: int = LIMIT) -> list[tuple[Mutant, str]]:
    """(mutant, answer): our own edits with one small mistake in a function that they wrote."""
    changed = reference_of(spec)
    before = {path: _texts(text) for path, text in spec.repository.files if path.endswith((".c", ".h"))}
    found: list[tuple[Mutant, str]] = []
    for path, text in changed.files:
        if not path.endswith((".c", ".h")):
            continue
        written = [name for name, body in _texts(text).items() if before.get(path, {}).get(name) != body]
        for mutant in mutants(text, written, limit) if written else ():
            files = tuple((p, mutant.source if p == path else t) for p, t in changed.files)
            answer = render_edits(edits_between(spec.repository, replace(changed, files=files)))
            found.append((replace(mutant, description=f"{path}, {mutant.description}"), answer))
    step = max(1, -(-len(found) // limit))
    return found[::step]


def _texts(source: str) -> dict[str, bytes]:
    return {name: node.text or b"" for name, node in functions(parse(source)).items()}


def _unseen(oracles: Oracles, spec: RepositorySpec, answers: list[str]) -> list[bool]:
    """For each answer whether it passes many further cases too."""
    if not answers:
        return []
    oracle: Any = oracle_for(spec)

    def search(workshop: Workshop) -> list[bool]:
        exam = oracle.prepare(spec, oracles.setting(spec, seed=SEARCH_SEED, cases=SEARCH), workshop)
        return [oracle.grade(exam, answer, workshop, alone=True).passed for answer in answers]

    found: list[bool] = oracles.call(search).result()
    return found
