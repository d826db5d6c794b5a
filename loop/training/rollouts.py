"""Sampling in a GRPO training: the answers of the model that is being trained, by transformers, as the engine would.

TRL asks for them through its `rollout_func`. Prompts are rendered text and become the engine's tokens: nothing is added
to them. All that temperature leaves is drawn from (no top-k, no top-p), and an answer ends where the engine ends it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch
from trl.models.utils import unwrap_model_for_generation

from loop.errors import TrainingError
from loop.inference.chat import DOCUMENT_END, TURN_END
from loop.training.backends import Loaded
from loop.training.tokens import encoder

TOGETHER = 131_072  # tokens of prompts and answers in the cache at once, at most


def ends_of(tokenizer: Any) -> list[int]:
    """Ids of the tokens that end an answer, as the engine has them. Raises TrainingError where there is no such token.

    The end of the turn comes first.
    """
    known = tokenizer.get_vocab()
    if TURN_END not in known:
        raise TrainingError(
            f"the tokenizer has no {TURN_END}: no answer would end", fix="use a base with Qwen's tokens"
        )
    return [known[text] for text in (TURN_END, DOCUMENT_END) if text in known]


class Sampler:
    """Answers of `loaded.model`, and how long they took. Its `rollout` is TRL's `rollout_func`."""

    def __init__(self, loaded: Loaded, max_tokens: int) -> None:
        self.loaded, self.max_tokens = loaded, max_tokens
        self.ends = ends_of(loaded.tokenizer)
        self.encode = encoder(loaded.tokenizer)
        self.seconds = 0.0  # in sampling, of the last call
        self.tokens = 0  # of prompts and answers, of all calls

    def rollout(self, prompts: Sequence[str], trainer: Any) -> dict[str, Any]:
        """Token ids of the prompts and of one answer to each, its end included where it has one."""
        started = time.monotonic()
        prompt_ids = self.encode(prompts)
        together = max(1, TOGETHER // (max(map(len, prompt_ids)) + self.max_tokens))
        model = self.loaded.model
        self.loaded.sampling(model)
        model.eval()  # no dropout in what is sampled
        try:
            with (
                unwrap_model_for_generation(
                    trainer.model_wrapped, trainer.accelerator, generation_kwargs=trainer.generation_kwargs
                ) as unwrapped,
                torch.no_grad(),
            ):
                answers = [
                    answer
                    for start in range(0, len(prompt_ids), together)
                    for answer in self._sampled(unwrapped, trainer, prompt_ids[start : start + together])
                ]
        finally:
            self.loaded.training(model)
            model.train()
        self.tokens += sum(map(len, prompt_ids)) + sum(map(len, answers))
        self.seconds = time.monotonic() - started
        return {"prompt_ids": prompt_ids, "completion_ids": answers, "logprobs": None}

    def text(self, ids: Sequence[int]) -> str:
        """An answer as the engine gives it: without its end, other special tokens spelled out."""
        kept = ids[:-1] if ids and ids[-1] in self.ends else ids
        return str(self.loaded.tokenizer.decode(kept, skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def cut(self, ids: Sequence[int]) -> bool:
        """Whether the answer has no end."""
        return not ids or ids[-1] not in self.ends

    def _sampled(self, model: Any, trainer: Any, prompts: list[list[int]]) -> list[list[int]]:
        """One answer to each prompt, up to and with its end."""
        longest, pad = max(map(len, prompts)), self.loaded.tokenizer.pad_token_id
        device = trainer.accelerator.device
        ids = torch.tensor([[pad] * (longest - len(prompt)) + prompt for prompt in prompts], device=device)
        mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)
        said = model.generate(input_ids=ids, attention_mask=mask, generation_config=trainer.generation_config)
        return [_up_to_end(answer, self.ends) for answer in said[:, longest:].tolist()]


def _up_to_end(ids: list[int], ends: Sequence[int]) -> list[int]:
    """What comes after the first end is padding."""
    first = next((at for at, token in enumerate(ids) if token in ends), len(ids) - 1)
    return ids[: first + 1]
