"""Grammars allow every right answer, and what they allow can be read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from loop.inference.native import LlamaContext
from loop.models.gguf_base import write_base_gguf
from loop.pipeline.findings import reference_findings
from loop.pipeline.grammar import grammar_of
from loop.pipeline.scripted import perfect
from loop.pipeline.stage import Call
from loop.pipeline.stages import stage_of
from loop.stage_names import STAGES
from loop.tasks.reference import reference_pack
from loop.tasks.task import Task
from tests.support.project_tasks import FUNCTION, PLENTY, PROJECTS
from tests.support.tiny_qwen3 import make_tiny_qwen3


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> LlamaContext:
    """For its tokens: a text is read by a grammar as a model would write it."""
    directory = make_tiny_qwen3(tmp_path_factory.mktemp("grammar") / "tiny")
    return LlamaContext(write_base_gguf(directory, directory / "base.gguf"), context=64, sequences=1, threads=1)


def allowed(llama: LlamaContext, grammar: str, text: str) -> bool:
    """Whether the whole text is an answer of the grammar."""
    held = llama.grammars().begin(grammar)
    for token in [*llama.tokenize(text), llama.tokenize("<|im_end|>")[0]]:
        if not held.allows(np.array([token], dtype=np.int32))[0]:
            return False
        held.accept(token)
    return True


def calls(task: Task) -> Iterator[Call]:
    for name in STAGES:
        stage = stage_of(name)
        for turn in range(stage.rounds):
            yield from stage.calls(task, reference_findings(task), turn, PLENTY)


TASKS = [*PROJECTS, FUNCTION, *reference_pack().tasks]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id[:12])
def test_every_right_answer_is_allowed(llama: LlamaContext, task: Task) -> None:
    model = perfect([task])
    seen: set[tuple[str, str]] = set()
    for call in calls(task):
        answer = model(call)
        if (grammar_of(call), answer) in seen:
            continue
        seen.add((grammar_of(call), answer))
        assert stage_of(call.stage).read(call, answer).value is not None
        assert allowed(llama, grammar_of(call), answer), (call.stage, call.kind, answer[:200])
    assert seen


@pytest.mark.parametrize(
    ("kind", "options", "answers"),
    [
        ("", ("yes", "no"), ["", "Yes", "yes.", "yes no", "maybe"]),
        ("points", (), ["", "src/a.c:f", "src/a.c: f\n", "src/a.c: 1f", "a b"]),
        ("edits", (), ["", "no edits", '<edit file="a.c">', '<edit file="a b">\n<search>\n</search>\n']),
        ("", (), ["", "int f;", "```c\nint f;", "```c\nint f;\n``` done", "```\nint f;\n```"]),
    ],
)
def test_what_is_no_answer_is_not_allowed(
    llama: LlamaContext, kind: str, options: tuple[str, ...], answers: list[str]
) -> None:
    call = Call("t", "planning", "", "?", kind=kind, options=options)
    assert not any(allowed(llama, grammar_of(call), answer) for answer in answers)
