"""What a task with an in-process suite is made of, and what its object may name."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from evaluators import box
from evaluators.box.symbols import Symbols
from evaluators.projects import repository as repositories
from evaluators.projects import variants
from evaluators.projects.repository import Repository
from evaluators.projects.variants import Variant

SUITE_HEADER = "suite.h"
_LEAVING = (
    "exit _exit _Exit quick_exit abort atexit at_quick_exit on_exit __cxa_atexit "
    "longjmp _longjmp siglongjmp __longjmp_chk getcontext setcontext makecontext swapcontext "
    "raise kill tgkill killpg signal sigaction bsd_signal sysv_signal sigset sigaltstack alarm setitimer timer_create "
    "ptrace process_vm_readv process_vm_writev mprotect pkey_mprotect syscall prctl fork vfork clone _Fork "
    "pthread_create thrd_create pthread_exit thrd_exit dlopen dlmopen dlsym dlvsym dladdr dladdr1 dl_iterate_phdr "
    "backtrace __libc_start_main _dl_find_object"
)
_ESCAPES = frozenset(_LEAVING.split())
"""Functions that leave the suite, or bend its flow of control, or find what is not theirs."""
_FRAMES = re.compile(r"\b__builtin_(?:frame_address|return_address|longjmp|setjmp|unwind_init|eh_return|apply\w*)\b")


@dataclass(frozen=True)
class SuiteSpec:
    """A repository to change, judged by C that asserts.

    suite: C of a unit that defines `int suite_case(int index)`, for indices below `cases`; with `suite.h` (always
      there) it ends in SUITE(...), with another framework it says in the same bits what its checks saw.
    headers: (path, text) of further files that it includes, a framework's for one. The project's own headers it sees as
      `reference`, our own edits, leaves them - never the candidate's.
    controls: known-bad versions of files of the repository as the reference leaves it; the suite must fail each.
    editable: globs of files that an answer may change or make; () for all.
    Raises ValueError without cases or controls.
    """

    type: ClassVar[str] = "suite"
    repository: Repository
    suite: str
    cases: int
    controls: tuple[Variant, ...]
    reference: str
    headers: tuple[tuple[str, str], ...] = ()
    editable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.cases < 1 or not self.controls:
            raise ValueError("a suite needs cases, and controls that show what it catches")

    @property
    def sha256(self) -> str:
        hidden = {"suite": None, "cases": None, "controls": None, "reference": None, "headers": None}
        return _hash({**to_json(self), **hidden})

    @property
    def oracle_sha256(self) -> str:
        return _hash(to_json(self))


def suite_header() -> str:
    """The text of `suite.h`."""
    return (Path(box.__file__).parent / "native" / SUITE_HEADER).read_text()


def names_refused(candidate: Symbols, suite: Symbols, api: frozenset[str], known: frozenset[str]) -> str:
    """What the candidate's object defines or asks for that is not its own business; "" if nothing.

    api: the names by which the suite calls the project. known: names that the task's own code asks for.
    """
    theirs = suite.shown | (suite.wanted - api)
    if defined := sorted(candidate.defined & theirs):
        return f"it defines {defined[0]}, which is the suite's"
    if asked := sorted(candidate.wanted & suite.shown):
        return f"it refers to {asked[0]}, which is the suite's"
    escapes = sorted((candidate.wanted & _ESCAPES) - known)
    return f"it calls {escapes[0]}" if escapes else ""


def frames_refused(repository: Repository) -> str:
    """The first builtin that reaches into the frames of callers; "" if none. Token pasting hides it from this look."""
    found = (_FRAMES.search(text) for path, text in repository.files if path.endswith((".c", ".h", ".inc", ".def")))
    return next((f"'{match.group()}' is refused" for match in found if match), "")


def to_json(spec: SuiteSpec) -> dict[str, Any]:
    return {
        "repository": repositories.to_json(spec.repository),
        "suite": spec.suite,
        "cases": spec.cases,
        "controls": variants.to_json(spec.controls),
        "reference": spec.reference,
        "headers": dict(spec.headers),
        "editable": list(spec.editable),
    }


def from_json(data: dict[str, Any]) -> SuiteSpec:
    """Inverse of `to_json`. Raises KeyError, TypeError or ValueError on a malformed document."""
    return SuiteSpec(
        repositories.from_json(data["repository"]),
        data["suite"],
        int(data["cases"]),
        variants.from_json(data["controls"]),
        data["reference"],
        tuple(sorted(data.get("headers", {}).items())),
        tuple(data.get("editable", ())),
    )


def _hash(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
