"""What an oracle is: a spec and an answer in, a verdict out. One implementation a kind of task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from evaluators.box.workshop import Workshop
from evaluators.cache import VerdictCache
from evaluators.verdict import OracleClass, Verdict


class Spec(Protocol):
    """What an oracle needs to know of one task. Frozen data.

    type: names the oracle. sha256: identity of what is asked. oracle_sha256: identity of everything a verdict depends
    on; it changes when hidden inputs, mutants or thresholds change while the question stays.
    """

    type: ClassVar[str]

    @property
    def sha256(self) -> str: ...

    @property
    def oracle_sha256(self) -> str: ...


@dataclass(frozen=True)
class Setting:
    """How an exam is made: hidden inputs' seed and number, and the key that the reference's part is kept under."""

    seed: int
    cases: int
    key: str
    cache: VerdictCache


class Slow(Exception):
    """To be graded again while no other candidate runs: a clock decides, and a busy machine could explain it."""


S = TypeVar("S", bound=Any, contravariant=True)
E = TypeVar("E")


class Oracle(Protocol[S, E]):
    """One kind of task. Stateless: what is dear is made once a spec by `prepare` and handed to every `grade`."""

    @property
    def oracle_class(self) -> OracleClass:
        """A: judged outside the candidate's process. B: the candidate's process judges itself."""
        ...

    @property
    def executes(self) -> bool:
        """Whether answers are run in a box: only then do verdicts carry its tier."""
        ...

    def prepare(self, spec: S, setting: Setting, workshop: Workshop) -> E:
        """Runs the reference. Raises ReferenceBroken when the task itself is broken, GraderFault when a box failed."""
        ...

    def grade(self, exam: E, answer: str, workshop: Workshop, *, alone: bool) -> Verdict:
        """Verdict without tier, class, oracle and seconds. Raises GraderFault, and Slow unless `alone`."""
        ...

    def normal_form(self, answer: str) -> str:
        """Answers with the same normal form get the same verdict; they are graded once."""
        ...
