"""Qwen's chat format as plain strings: what a model is asked, and what counts as an answer.

One renderer serves training and inference, so both see the same tokens. `CHAT_TEMPLATE` is the same format as a Jinja
template, for the tokenizer_config.json of models built here: their `apply_chat_template(..., enable_thinking=False)`
gives exactly `render_prompt(...)`. Qwen2.5 has no thoughts, and a system line of its own where none is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loop.errors import UsageError

TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"
DOCUMENT_END = "<|endoftext|>"
THINK_START = "<think>"
THINK_END = "</think>"
SPECIAL_TOKENS = (DOCUMENT_END, TURN_START, TURN_END)
ChatStyle = Literal["qwen3", "qwen2"]
QWEN2_SYSTEM = (
    "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."  # as Qwen2.5's own template has it
)
NO_THOUGHT = f"{THINK_START}\n\n{THINK_END}\n\n"

# Only the assistant's last turn, after the last user turn, shows its thought; earlier ones are dropped, as in Qwen3.
CHAT_TEMPLATE = (
    "{%- set ns = namespace(asked=-1) -%}"
    "{%- for turn in messages -%}"
    "{%- if turn.role == 'user' -%}{%- set ns.asked = loop.index0 -%}{%- endif -%}"
    "{%- endfor -%}"
    "{%- for turn in messages -%}"
    "{{- '<|im_start|>' + turn.role + '\\n' -}}"
    "{%- if turn.role != 'assistant' -%}{{- turn.content -}}"
    "{%- else -%}"
    "{%- set thought = '' -%}{%- set said = turn.content -%}"
    "{%- if '</think>' in said -%}"
    "{%- set thought = said.split('</think>')[0].split('<think>')[-1].strip('\\n') -%}"
    "{%- set said = said.split('</think>')[-1].lstrip('\\n') -%}"
    "{%- endif -%}"
    "{%- if loop.last and loop.index0 > ns.asked -%}{{- '<think>\\n' + thought + '\\n</think>\\n\\n' -}}{%- endif -%}"
    "{{- said -}}"
    "{%- endif -%}"
    "{{- '<|im_end|>\\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}"
    "{{- '<|im_start|>assistant\\n' -}}"
    "{%- if enable_thinking is defined and not enable_thinking -%}{{- '<think>\\n\\n</think>\\n\\n' -}}{%- endif -%}"
    "{%- endif -%}"
)

QWEN2_TEMPLATE = (
    "{%- if messages[0].role != 'system' -%}"
    "{{- '<|im_start|>system\\n" + QWEN2_SYSTEM + "<|im_end|>\\n' -}}"
    "{%- endif -%}"
    "{%- for turn in messages -%}"
    "{{- '<|im_start|>' + turn.role + '\\n' + turn.content + '<|im_end|>\\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"
)


@dataclass(frozen=True)
class Answer:
    """The C source of an answer, or None and the reason in `problem` (then the completion is a format error)."""

    code: str | None
    problem: str = ""


def render_prompt(user: str, *, thinking: bool = False, system: str | None = None, style: ChatStyle = "qwen3") -> str:
    """The prompt text up to where the model's answer starts.

    Raises UsageError when the text holds a turn marker, which would be read as the end of the turn, and when a model
    that cannot think is asked to.
    """
    for text in (user, system or ""):
        for marker in SPECIAL_TOKENS:
            if marker in text:
                raise UsageError(f"a prompt contains the chat marker {marker}", fix="remove it from the task's text")
    if style == "qwen2" and thinking:
        raise UsageError("Qwen2.5 has no thinking mode", fix="ask it without")
    if style == "qwen2" and system is None:
        system = QWEN2_SYSTEM
    head = f"{TURN_START}system\n{system}{TURN_END}\n" if system is not None else ""
    tail = "" if thinking or style == "qwen2" else NO_THOUGHT
    return f"{head}{TURN_START}user\n{user}{TURN_END}\n{TURN_START}assistant\n{tail}"


def render_completion(answer: str) -> str:
    """What a model is trained to produce after the prompt."""
    return answer + TURN_END


def parse_answer(text: str) -> Answer:
    """The one ```c block of a completion; a thought before it is dropped."""
    if THINK_START in text or THINK_END in text:
        _, closed, text = text.rpartition(THINK_END)
        if not closed:
            return Answer(None, "the thought was never closed")
    blocks, is_open = _fenced_blocks(text)
    if is_open:
        return Answer(None, "the code block was never closed")
    if not blocks:
        return Answer(None, "no ```c block")
    if len(blocks) > 1:
        return Answer(None, f"{len(blocks)} ```c blocks where one is asked for")
    if not blocks[0].strip():
        return Answer(None, "the ```c block is empty")
    return Answer(blocks[0])


def _fenced_blocks(text: str) -> tuple[list[str], bool]:
    """Contents of the ```c blocks, and whether a fence was left open. Blocks in other languages are passed over."""
    blocks: list[str] = []
    language: str | None = None
    lines: list[str] = []
    for line in text.split("\n"):
        mark = line.strip()
        if not mark.startswith("```"):
            lines.append(line)
        elif language is None:
            language, lines = mark[3:].strip().lower(), []
        elif mark == "```":
            if language == "c":
                blocks.append("\n".join(lines) + "\n")
            language = None
        else:
            return blocks, True
    return blocks, language is not None
