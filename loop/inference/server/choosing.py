"""Which of its options a model would answer, from the log-probabilities of the answer's first token.

One request draws one token; the scores are the model's own for the options' first tokens, normalised over these.
Options that begin with the same tokens are told apart by asking again with the common part appended to the prompt,
where the answer of the model would go on too. What follows the token that tells an option apart is not looked at, where
the in-process engine weighs the whole answer with its end.

An option's token that is not among the likeliest which the server returns counts as probability 0: it lies below the
last of those. When none is there, nothing can be said, and that is an error.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from loop.errors import EngineError
from loop.inference.base_tokenizer import BaseTokenizer
from loop.inference.engine import Choice, Question
from loop.inference.server.answers import TokenScore
from loop.inference.server.asking import Asker, Sampling

Tails = Mapping[str, Sequence[int]]  # option -> its tokens from here on


async def choose(asker: Asker, tokenizer: BaseTokenizer, question: Question) -> Choice:
    """Raises EngineError: fewer than two options, options that one another begins with, and what asking raises."""
    options = question.options
    if len(set(options)) < max(2, len(options)):
        raise EngineError(f"question {question.id}: a choice needs two options or more, each of them once")
    prompt = tokenizer.tokenize(question.prompt)
    tails = {option: _tail(tokenizer, question, prompt, option) for option in options}
    likeliest, scores = await _weigh(asker, tokenizer, question, "", tails)
    return Choice(question.id, likeliest, tuple(scores[option] for option in options), len(prompt))


async def _weigh(
    asker: Asker, tokenizer: BaseTokenizer, question: Question, said: str, tails: Tails
) -> tuple[str, dict[str, float]]:
    """Probability of each option, given that the answer began with `said` and is one of them; and the one that greedy
    generation arrives at, which takes the likeliest token each time."""
    groups: dict[int, list[str]] = defaultdict(list)
    for option, tail in tails.items():
        groups[tail[0]].append(option)
    shares = await _first(asker, tokenizer, question, said, groups) if len(groups) > 1 else dict.fromkeys(groups, 1.0)
    scores: dict[str, float] = {}
    arrived = {token: options[0] for token, options in groups.items()}
    for token, options in groups.items():
        if len(options) == 1 or not shares[token]:
            scores |= dict.fromkeys(options, shares[token])
            continue
        rest = {option: tails[option][1:] for option in options}
        ended = [option for option, tail in rest.items() if not tail]
        if ended:
            raise EngineError(
                f"question {question.id}: option {ended[0]!r} is the beginning of another one",
                fix="reword the options, so that none begins another",
            )
        common = said + _shared(tokenizer, options[0], len(said), token)
        arrived[token], inner = await _weigh(asker, tokenizer, question, common, rest)
        scores |= {option: shares[token] * inner[option] for option in options}
    return arrived[max(shares, key=shares.__getitem__)], scores


async def _first(
    asker: Asker, tokenizer: BaseTokenizer, question: Question, said: str, groups: Mapping[int, Sequence[str]]
) -> dict[int, float]:
    """Probability of each token as the next one, normalised over them."""
    tokens = list(groups)
    endings = [option[len(said) :] for options in groups.values() for option in options]
    fields = asker.target.dialect.scores(tokens, endings)
    answer = await asker.ask(question.prompt + said, Sampling(seed=0, temperature=0.0, max_tokens=1), fields)
    found = {token: _logprob(answer.scores, token, tokenizer.text([token])) for token in tokens}
    highest = max(found.values())
    if highest == -math.inf:
        raise EngineError(
            f"question {question.id}: none of {list(question.options)} is among the {len(answer.scores)} likeliest "
            "answers that the server returns",
            fix="a server that returns no log-probabilities, or too few, has no scores: set the stage's judge = "
            '"generate", or use llama-server or vLLM (--max-logprobs)',
        )
    weights = {token: math.exp(logprob - highest) for token, logprob in found.items()}
    total = sum(weights.values())
    return {token: weight / total for token, weight in weights.items()}


def _logprob(scores: Sequence[TokenScore], token: int, text: str) -> float:
    """The token's score; by its text where the server gives no ids."""
    return max(
        (score.logprob for score in scores if score.id == token or (score.id is None and score.text == text)),
        default=-math.inf,
    )


def _tail(tokenizer: BaseTokenizer, question: Question, prompt: Sequence[int], option: str) -> list[int]:
    """The option's tokens behind the prompt."""
    whole = tokenizer.tokenize(question.prompt + option)
    if not option or whole[: len(prompt)] != list(prompt):
        raise EngineError(
            f"question {question.id}: the option {option!r} does not begin a token of its own behind the prompt",
            fix="let the prompt end where a word begins, with a line break",
        )
    return whole[len(prompt) :]


def _shared(tokenizer: BaseTokenizer, option: str, said: int, token: int) -> str:
    """The text of the token with which the option goes on behind its first `said` characters."""
    text = tokenizer.text([token])
    if not text or not option[said:].startswith(text):
        raise EngineError(
            f"the options that begin with {option[: said + 4]!r} share half a character, which no request can end with",
            fix="reword the options",
        )
    return text
