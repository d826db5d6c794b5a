"""What a kata project's task is made of, whatever its type: the request, the spec's probe, the labels."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.oracles.protocol import Spec
from evaluators.oracles.repository import RepositorySpec
from evaluators.projects.edits import Edit, apply_edits, render_edits
from evaluators.projects.repository import Repository
from evaluators.spec import FunctionSpec
from loop.tasks.kata.amplified import amplified
from loop.tasks.kata.generate import mark
from loop.tasks.kata.projects.code import Subject


@dataclass(frozen=True)
class Asked:
    """type: of the task. after: the repository as the reference leaves it."""

    type: str
    subject: Subject
    request: str
    spec: Spec
    before: Repository
    after: Repository


def change_of(
    kind: str, subject: Subject, request: str, before: Repository, edits: Sequence[Edit], header: str
) -> Asked:
    """A change that a probe of the subject judges. header: what declares the subject afterwards."""
    spec = RepositorySpec(before, probe(subject, header), render_edits(edits))
    return Asked(kind, subject, request, spec, before, apply_edits(before, edits))


def probe(subject: Subject, header: str) -> FunctionSpec:
    """C that calls the subject, on the inputs of the family with the amplified ones."""
    family = subject.composition.family
    cases = amplified().get(mark(subject.composition), ())
    bare = FunctionSpec("probe", family.returns, family.params, "")
    call = f"{subject.called}({', '.join(p.name for p in family.params)});"
    body = call if family.returns == "void" else f"return {call}"
    prelude = f'#include "{header.removeprefix("src/")}"\n'
    return FunctionSpec("probe", family.returns, family.params, f"{bare.signature} {{\n    {body}\n}}", prelude, cases)


def pick(rng: random.Random, *texts: str) -> str:
    return rng.choice(texts)
