"""The chat format: one rendering for trainer and engine, and what counts as an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from loop.errors import UsageError
from loop.inference.chat import parse_answer, render_completion, render_prompt

CODE = "int f(void)\n{\n    return 1;\n}\n"


@pytest.mark.parametrize("system", [None, "You write C."])
@pytest.mark.parametrize("thinking", [False, True])
def test_the_template_and_the_renderer_give_the_same_text(tiny_hf: Path, system: str | None, thinking: bool) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_hf)
    user = "  Write `int f(int x)`.\n\nÜber {{ braces }} and ```fences```\n"
    messages = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": user})
    rendered = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True, enable_thinking=thinking
    )
    assert rendered == render_prompt(user, thinking=thinking, system=system)


def test_prompt_and_completion_make_the_whole_conversation_of_the_template(tiny_hf: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_hf)
    messages = [{"role": "user", "content": "ask"}, {"role": "assistant", "content": "say"}]
    whole = tokenizer.apply_chat_template(messages, tokenize=False)
    assert whole == render_prompt("ask") + render_completion("say") + "\n"


def test_earlier_thoughts_are_dropped_and_the_last_one_is_kept(tiny_hf: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_hf)
    messages = [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "<think>\nold\n</think>\n\nfirst"},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": "<think>\nnew\n</think>\n\nsecond"},
    ]
    whole = tokenizer.apply_chat_template(messages, tokenize=False)
    assert "old" not in whole
    assert whole.endswith("assistant\n<think>\nnew\n</think>\n\nsecond<|im_end|>\n")


def test_qwen_2_5_gets_its_system_line_and_no_thought() -> None:
    asked = render_prompt("ask", style="qwen2")
    assert asked == (
        "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\nask<|im_end|>\n<|im_start|>assistant\n"
    )
    assert "think" not in asked
    assert "You are Qwen" not in render_prompt("ask", style="qwen2", system="You write C.")
    with pytest.raises(UsageError, match="no thinking mode"):
        render_prompt("ask", style="qwen2", thinking=True)


@pytest.mark.parametrize("marker", ["<|im_end|>", "<|im_start|>", "<|endoftext|>"])
def test_a_chat_marker_in_a_task_is_refused(marker: str) -> None:
    with pytest.raises(UsageError, match="chat marker"):
        render_prompt(f"before {marker} after")


@pytest.mark.parametrize(
    "text",
    [
        f"```c\n{CODE}```",
        f"<think>\nmaybe ```c\nint g;\n``` no\n</think>\n\nHere:\n```c\n{CODE}```\nDone.",
        f"```C\n{CODE}```\n",
        f"Run it:\n```sh\nmake\n```\n```c\n{CODE}```",
    ],
)
def test_the_one_c_block_is_the_answer(text: str) -> None:
    answer = parse_answer(text)
    assert (answer.code, answer.problem) == (CODE, "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no ```c block"),
        (CODE, "no ```c block"),
        (f"```python\n{CODE}```", "no ```c block"),
        (f"```c\n{CODE}", "never closed"),
        (f"```c\n{CODE}```\n```c\n{CODE}```", "2 ```c blocks"),
        ("```c\n\n```", "empty"),
        (f"<think>\nhm\n```c\n{CODE}```", "thought was never closed"),
    ],
)
def test_anything_else_is_a_format_error_with_its_reason(text: str, problem: str) -> None:
    answer = parse_answer(text)
    assert answer.code is None
    assert problem in answer.problem
