"""How fast items are judged over a prefix that they share: by `choose`, and by generating an answer to each.

The obvious way is llama-cpp-python's `create_completion`, which keeps what its next prompt begins with as the last one
did, and writes an answer as long as a small JSON object that repeats the item's name; the other is this engine's own
batched generation of one word. All have as many threads. Those of `create_completion` wait as OpenMP has it by default,
spinning, which suits it best while nothing else wants the cores.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluators.projects.code_map import code_map
from loop.errors import EngineError, UsageError
from loop.inference.chat import ChatStyle, render_prompt
from loop.inference.engine import Question, Request
from loop.inference.llama import LlamaEngine
from loop.inference.plan import SMALL_MODEL
from loop.pipeline.findings import repository_of
from loop.tasks.task import Task

OPTIONS = ("yes", "no")
SPARE = 96  # tokens of the question, the item and the chat format, and of what is generated beyond the JSON answer


@dataclass(frozen=True)
class Item:
    """answer_tokens: of the JSON object, with the end of the turn."""

    prompt: str
    answer_tokens: int


@dataclass(frozen=True)
class Spent:
    """Seconds of wall time, and of CPU time in all processes of the method."""

    wall: float
    cpu: float


@dataclass
class Speeds:
    """By method, for each repeat: what an item costs over a prefix that is in the cache (`each`), and what the first
    one costs, with the prefix (`first`). Tokens are means over the items; prefix: what their prompts share.
    """

    items: int
    prefix_tokens: int
    prompt_tokens: float
    answer_tokens: float
    each: dict[str, list[Spent]] = field(default_factory=dict)
    first: dict[str, list[Spent]] = field(default_factory=dict)

    def seconds(self, method: str, *, cpu: bool = False, cold: bool = False) -> float:
        """Of one item, the median; `cold`: of all of them and their prefix."""
        return statistics.median(self._costs(method, cpu, cold))

    def ratio(self, method: str, *, cpu: bool = False, cold: bool = False) -> float:
        """How many times as long a method takes as `choose`: the median of the repeats' ratios."""
        pairs = zip(self._costs(method, cpu, cold), self._costs("choose", cpu, cold), strict=True)
        return statistics.median(theirs / ours for theirs, ours in pairs)

    def _costs(self, method: str, cpu: bool, cold: bool) -> list[float]:
        name = "cpu" if cpu else "wall"
        firsts = [getattr(spent, name) for spent in self.first[method]]
        each = [getattr(spent, name) for spent in self.each[method]]
        return [first + (self.items - 1) * one if cold else one for first, one in zip(firsts, each, strict=True)]


class Methods:
    """The engine and `create_completion` over one model, side by side."""

    def __init__(self, gguf: Path, context: int, threads: int) -> None:
        from llama_cpp import Llama

        self.engine = LlamaEngine(gguf, context=context, parallel=16, threads=threads)
        own = 1 if gguf.stat().st_size <= SMALL_MODEL else threads  # as the engine's workers have them
        self._llama = Llama(str(gguf), n_ctx=context, n_threads=own, n_threads_batch=own, verbose=False)

    def choose(self, items: Sequence[Item]) -> None:
        questions = [Question(str(i), item.prompt, OPTIONS) for i, item in enumerate(items)]
        _complete(len(list(self.engine.choose(questions, None))), len(items))

    def word(self, items: Sequence[Item]) -> None:
        requests = [Request(str(i), item.prompt, i, 0.0, 2) for i, item in enumerate(items)]
        _complete(len(list(self.engine.generate(requests, None))), len(items))

    def json(self, items: Sequence[Item]) -> None:
        """Neither model measured speaks JSON: what is written is as long, and not ended before."""
        with _endless():
            for item in items:
                limit = item.answer_tokens
                answer: Any = self._llama.create_completion(item.prompt, max_tokens=limit, temperature=0.0)
                _complete(answer["usage"]["completion_tokens"], limit)

    def spent(self, method: Callable[[Sequence[Item]], None], items: Sequence[Item]) -> Spent:
        """Of one item, the mean."""
        wall, cpu = time.perf_counter(), self._cpu()
        method(items)
        return Spent((time.perf_counter() - wall) / len(items), (self._cpu() - cpu) / len(items))

    def _cpu(self) -> float:
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.engine.worker_pids]
        ticks = sum(int(stat[11]) + int(stat[12]) for stat in stats)
        return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self.engine.close()
        self._llama.close()


def measure(
    gguf: Path,
    tasks: Sequence[Task],
    *,
    style: ChatStyle,
    longest: int,
    prefix: int,
    items: int,
    words: int,
    threads: int,
    repeats: int,
    say: Callable[[str], None],
) -> Speeds:
    """All methods, in turns, repeat by repeat; each repeat has a prefix of its own.

    longest: tokens that a context may have. prefix: tokens to be shared, or as many as fit. words: items that one word
    is generated for, each of which evaluates its whole prompt. Raises UsageError for more items than there are symbols
    in the tasks' projects, EngineError.
    """
    names = sorted({symbol.id for task in tasks for symbol in code_map(repository_of(task)).symbols})[:items]
    if len(names) < items:
        raise UsageError(f"there are only {len(names)} symbols to ask about", fix=f"at most --items {len(names)}")
    methods = Methods(gguf, min(longest, prefix + 2 * SPARE), threads)
    try:
        tokenize = methods.engine.tokenize
        lengths = [len(tokenize(f'{{"item": "{name}", "needed": true}}')) + 1 for name in names]
        room = methods.engine.context - SPARE - max(lengths)
        shared = _cut(
            "\n".join(text for task in tasks for text in repository_of(task).texts.values()),
            min(prefix, room),
            tokenize,
        )
        found: Speeds | None = None
        for repeat in range(repeats):
            asked = [_prompt(repeat, shared, name, style) for name in names]
            found = found or _sizes([tokenize(prompt) for prompt in asked], lengths)
            put = [Item(prompt, length) for prompt, length in zip(asked, lengths, strict=True)]
            for name, method, count in (
                ("choose", methods.choose, items),
                ("json", methods.json, items),
                ("word", methods.word, words),
            ):
                found.first.setdefault(name, []).append(methods.spent(method, put[:1]))
                found.each.setdefault(name, []).append(methods.spent(method, put[1:][:count]))
                say(f"{name}: {found.each[name][-1].wall:.4f} s an item, {found.first[name][-1].wall:.2f} s the first")
        assert found is not None
        return found
    finally:
        methods.close()


def _prompt(repeat: int, shared: str, name: str, style: ChatStyle) -> str:
    question = "Is this needed for the task? Answer yes or no."
    return render_prompt(f"Task {repeat}:\n{shared}\n\n{question}\n{name}", style=style)


def _sizes(prompts: Sequence[Sequence[int]], answers: Sequence[int]) -> Speeds:
    shared = next(i for i, tokens in enumerate(zip(*prompts, strict=False)) if len(set(tokens)) > 1)
    return Speeds(len(prompts), shared, statistics.mean(map(len, prompts)), statistics.mean(answers))


def _cut(text: str, tokens: int, tokenize: Callable[[str], list[int]]) -> str:
    """The longest beginning of the text of at most so many tokens."""
    low, high = 0, min(len(text), 16 * tokens)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(tokenize(text[:middle])) <= tokens else (low, middle - 1)
    return text[:low]


def _complete(found: int, wanted: int) -> None:
    if found != wanted:
        raise EngineError(f"{found} tokens or answers where {wanted} are compared")


@contextmanager
def _endless() -> Iterator[None]:
    """Within it `create_completion` goes on past the end of a turn."""
    import llama_cpp.llama_cpp as llama

    is_end = llama.llama_vocab_is_eog
    llama.llama_vocab_is_eog = lambda vocab, token: False
    try:
        yield
    finally:
        llama.llama_vocab_is_eog = is_end
