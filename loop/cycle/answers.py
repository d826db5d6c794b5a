"""Who answers what is wanted: questions with options the logits, as far as they tell; generation all the rest.

A completion that the logits give is the one that generating it would have given: the same text by the same draw of the
same seed. What leaves the options on its way is generated, so a model that talks past the question still does, and is
counted as it is read. Only a stage's threshold changes an answer, and only where one is wanted and not a sample.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from loop.cycle.wanted import request_of
from loop.inference.engine import Choice, Completion, Question, Request
from loop.pipeline.stages import stage_of
from loop.pipeline.threshold import decided

if TYPE_CHECKING:
    from loop.cycle.context import Context
    from loop.cycle.wanted import Wanted
    from loop.pipeline.stage import Call
    from loop.stage_names import StageName


@dataclass(frozen=True)
class Answer:
    """A completion, and what the logits said of its question's options; None where they were not asked."""

    completion: Completion
    choice: Choice | None = None

    def score(self, call: Call, value: str | None) -> float | None:
        """How probable the option was that was read, among all options."""
        if self.choice is None or value not in call.options:
            return None
        return self.choice.scores[call.options.index(value)]


def answers(
    ctx: Context, stage: StageName, wanted: Mapping[str, Wanted], adapter: str
) -> Generator[Answer, None, None]:
    """Completions of what is wanted, calls of one stage, by their ids, as they come. Raises EngineError."""
    model, engine, gguf = ctx.model(stage), ctx.engine(stage), ctx.adapter_gguf(adapter)
    requests = {key: request_of(ctx, key, want.call, want.seed, want.temperature) for key, want in wanted.items()}
    choices: dict[str, Choice] = {}  # of what is left to be generated
    questions = _questions(wanted, requests) if model.by_logits else []
    if questions:
        draws = {question.id: question.draws for question in questions}
        with _closed(engine.choose(questions, gguf)) as stream:
            for choice in stream:
                asked = draws[choice.question_id]
                for request, completion in zip(asked, choice.drawn or [None] * len(asked), strict=True):
                    if completion is None:
                        choices[request.id] = choice
                    else:
                        del requests[request.id]
                        yield _decided(ctx, wanted[request.id], Answer(completion, choice))
    if requests:
        with _closed(engine.generate(list(requests.values()), gguf)) as completions:
            for completion in completions:
                answer = Answer(completion, choices.get(completion.request_id))
                yield _decided(ctx, wanted[completion.request_id], answer)


def _questions(wanted: Mapping[str, Wanted], requests: Mapping[str, Request]) -> list[Question]:
    """One for each call with options, with all that is wanted of it."""
    draws: dict[str, list[Request]] = {}
    calls: dict[str, Call] = {}
    for key, want in wanted.items():
        if want.call.options:
            calls[want.call.id] = want.call
            # what is drawn within the options is what a grammar of the options would have left as it is
            draws.setdefault(want.call.id, []).append(replace(requests[key], grammar=""))
    return [Question(key, draws[key][0].prompt, call.options, tuple(draws[key])) for key, call in calls.items()]


def _decided(ctx: Context, want: Wanted, answer: Answer) -> Answer:
    """With the option that the stage's threshold asks for in place of another one."""
    call, choice, threshold = want.call, answer.choice, ctx.model(want.call.stage).threshold
    if choice is None or not threshold or want.temperature > 0:
        return answer
    said = stage_of(call.stage).read(call, answer.completion.text).value
    wanted = decided(call, choice.scores, threshold)
    if said is None or said == wanted:
        return answer
    tokens = len(ctx.engine(call.stage).tokenize(wanted)) + 1
    return replace(answer, completion=replace(answer.completion, text=wanted, completion_tokens=tokens, finish="stop"))


@contextmanager
def _closed(stream: Iterator[Any]) -> Iterator[Iterator[Any]]:
    """Ends the engine's work when the caller wants no more."""
    if isinstance(stream, Generator):
        with closing(stream):
            yield stream
    else:
        yield stream
