"""What a training set consists of: one JSONL, a row a line, of up to three kinds. Its bytes' SHA-256 is its identity.

    {"kind": "example", "prompt", "completion", "sample_id", "task_id"}                    sft
    {"kind": "pair", "prompt", "chosen", "rejected", "chosen_id", "rejected_id", "task_id"}    dpo
    {"kind": "prompt", "prompt", "call", "spec", "sample_id", "task_id"}                   grpo

Prompts are rendered, completions end with the end of the turn. A line without a kind is an example. `task_id` decides
what is held back together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loop.errors import TrainingError


@dataclass(frozen=True)
class Example:
    """A prompt and the completion to learn."""

    prompt: str
    completion: str
    sample_id: str = ""
    task_id: str = ""


@dataclass(frozen=True)
class Pair:
    """Two completions of one prompt: the chosen one is right, the rejected one is not."""

    prompt: str
    chosen: str
    rejected: str
    chosen_id: str = ""
    rejected_id: str = ""
    task_id: str = ""


@dataclass(frozen=True)
class Asked:
    """A prompt whose answers are sampled in training and judged by the oracle.

    call: the fields of `loop.pipeline.stage.Call` that reading an answer needs (stage, item, kind, options, label...).
    spec: the task's spec as JSON (`evaluators.spec_json`); None where `call["label"]` says what is right.
    """

    prompt: str
    call: Mapping[str, Any]
    spec: Mapping[str, Any] | None = None
    sample_id: str = ""
    task_id: str = ""


@dataclass(frozen=True)
class TrainingSet:
    """All rows of a file, by kind, in its order."""

    examples: tuple[Example, ...] = ()
    pairs: tuple[Pair, ...] = ()
    asked: tuple[Asked, ...] = ()


KINDS: dict[str, type[Example] | type[Pair] | type[Asked]] = {"example": Example, "pair": Pair, "prompt": Asked}
NEEDED = {"sft": ("examples",), "dpo": ("pairs",), "sft+dpo": ("examples", "pairs"), "grpo": ("asked",)}
HINT = 'each line is {"kind": "example", "prompt": text, "completion": text, "sample_id": text, "task_id": text}'


def to_lines(rows: Iterable[Example | Pair | Asked]) -> str:
    """The rows as JSONL; the same rows give the same bytes."""
    names = {kind: name for name, kind in KINDS.items()}
    return "".join(json.dumps({"kind": names[type(row)], **asdict(row)}, sort_keys=True) + "\n" for row in rows)


def read_set(path: Path) -> TrainingSet:
    """The rows of a JSONL file. Raises TrainingError when there is no file, or a line is no row."""
    if not path.is_file():
        raise TrainingError(f"no examples at {path}", fix="run `loop harvest` first")
    rows: list[Example | Pair | Asked] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            fields = json.loads(line)
            rows.append(KINDS[fields.pop("kind", "example")](**fields))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TrainingError(
                f"{path}:{number} is not an example ({type(error).__name__}: {error})", fix=HINT
            ) from error
    return TrainingSet(
        tuple(row for row in rows if isinstance(row, Example)),
        tuple(row for row in rows if isinstance(row, Pair)),
        tuple(row for row in rows if isinstance(row, Asked)),
    )


def require(rows: TrainingSet, method: str, path: Path) -> None:
    """Raises TrainingError unless there is something of every kind that the method learns from."""
    for kind in NEEDED[method]:
        if not getattr(rows, kind):
            found = f"{len(rows.examples)} examples, {len(rows.pairs)} pairs, {len(rows.asked)} prompts"
            raise TrainingError(f"{path} has {found}: nothing for {method}", fix="run `loop harvest` first")
    if "examples" in NEEDED[method] and not any(example.completion for example in rows.examples):
        raise TrainingError(
            f"{path} has {len(rows.examples)} rows and none has a completion to learn from",
            fix="run `loop harvest` first",
        )


def lengths(rows: TrainingSet, method: str, answer: int) -> tuple[int, int]:
    """Upper bounds of the tokens of the longest row and of the longest completion that `method` sees.

    A token has at least one byte. answer: tokens of an answer that is sampled in training.
    """
    parts = [(row.prompt, row.completion) for row in rows.examples if "examples" in NEEDED[method]]
    for pair in rows.pairs if "pairs" in NEEDED[method] else ():
        parts += [(pair.prompt, pair.chosen), (pair.prompt, pair.rejected)]
    sizes = [(len(prompt.encode()), len(completion.encode())) for prompt, completion in parts]
    sizes += [(len(asked.prompt.encode()), answer) for asked in rows.asked if "asked" in NEEDED[method]]
    return max(map(sum, sizes)), max(completion for _, completion in sizes)
