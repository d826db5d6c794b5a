"""Group-relative policy optimisation (arXiv 2402.03300): TRL's GRPOTrainer, rewarded by the oracle.

In each step a few questions are asked, each several times over, of the model as it is; an answer's advantage is its
reward less the mean of its group. Nothing is held back: every answer is fresh, so there is nothing to memorise, and
what is learned shows in the rewards, which are watched instead.
"""

from __future__ import annotations

import random
import time
import warnings
from collections.abc import Sequence
from typing import Any

from datasets import Dataset
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from evaluators.verdict import Kind
from loop.errors import TrainingError
from loop.training.examples import Asked, TrainingSet
from loop.training.phase import Phase, arguments, processes, run
from loop.training.reward_watch import RewardWatch
from loop.training.rewards import REWARDS, Judge, opened, question_of
from loop.training.rollouts import Sampler
from loop.training.rows import micro_batch
from loop.training.tokens import encoder, same_as_file
from loop.training.trainer import GrpoSpec, TrainSpec

LOSS = "dapo"  # the mean over all tokens of the step: a long wrong answer is not let off, as it is by a mean per answer
SCALE = "none"
"""Advantages are differences of rewards, not divided by their spread: in a group without a right answer that would blow
up the little that one wrong answer is worth more than another to what being right is worth elsewhere."""
ORACLE = "oracle"  # the oracle's cache in the phase's own directory, where nobody has a better one


def train(phase: Phase, rows: TrainingSet) -> dict[str, Any]:
    """Trains on the prompts. Raises TrainingError."""
    spec, loaded, grpo = phase.spec, phase.loaded, phase.spec.grpo
    encode = encoder(loaded.tokenizer)
    same_as_file(spec.base, encode, [row.prompt for row in rows.asked])
    lengths = [len(ids) for ids in encode([row.prompt for row in rows.asked])]
    asked = [
        row for row, length in zip(rows.asked, lengths, strict=True) if length + grpo.max_tokens <= spec.max_length
    ]
    if not asked:
        raise TrainingError(
            f"no prompt leaves room for {grpo.max_tokens} tokens of an answer in {spec.max_length}",
            fix="raise model.context, or lower sampling.max_tokens",
        )
    longest = grpo.max_tokens + max(length for length in lengths if length + grpo.max_tokens <= spec.max_length)
    sampler = Sampler(loaded, grpo.max_tokens)
    loaded.model.generation_config.eos_token_id = sampler.ends
    watch = RewardWatch(grpo.prompts, grpo.learning_rate)
    with opened([question_of(row) for row in asked], grpo, spec.cache or phase.work / ORACLE, processes()) as judge:
        rewarding = Rewarding(judge, sampler)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="You are using 'rollout_func'")  # TRL's version is pinned
            trainer: Any = GRPOTrainer(
                model=loaded.model,
                reward_funcs=rewarding.rewards,
                args=_config(phase, longest),
                train_dataset=_dataset(asked, spec),
                processing_class=loaded.tokenizer,
                rollout_func=sampler.rollout,
            )
        if "ref" in loaded.model.peft_config:
            # For beta > 0 TRL copies the adapter as it begins, which Trainer then cannot restore beside the other one
            # from a checkpoint; without the copy the reference is the base with the adapter switched off.
            loaded.model.delete_adapter("ref")
        started = time.monotonic()
        measured = run(trainer, phase, watch, watched=False, tokens=lambda: sampler.tokens)
    first, last = watch.finish()
    history = [row for row in trainer.state.log_history if "loss" in row]
    return {
        **measured,
        **_told(history, grpo),
        "rows": len(asked),
        "rows_too_long": len(rows.asked) - len(asked),
        "first_loss": measured["loss"][0],
        "last_loss": measured["loss"][-1],
        "first_reward": round(first, 4),
        "last_reward": round(last, 4),
        "tokens": int(trainer.state.num_input_tokens_seen),
        "tokens_per_second": round(sampler.tokens / (time.monotonic() - started), 1),
    }


class Rewarding:
    """TRL's reward function, and what a step was like besides its reward."""

    def __init__(self, judge: Judge, sampler: Sampler) -> None:
        self.judge, self.sampler = judge, sampler

    def rewards(
        self, *, completion_ids: Sequence[Sequence[int]], row: Sequence[int], log_metric: Any, **_: Any
    ) -> list[float | None]:
        """Of each answer; None where the grader failed. row: the question that it answers."""
        started = time.monotonic()
        texts = [self.sampler.text(ids) for ids in completion_ids]
        kinds = self.judge.kinds(list(zip(row, texts, strict=True)))
        log_metric("pass_share", kinds.count(Kind.PASS) / len(kinds))
        log_metric("format_error_share", kinds.count(Kind.FORMAT_ERROR) / len(kinds))
        log_metric("tamper_share", kinds.count(Kind.TAMPER) / len(kinds))
        log_metric("ungraded", kinds.count(Kind.INFRA) / len(kinds))
        log_metric("cut_share", sum(map(self.sampler.cut, completion_ids)) / len(kinds))
        log_metric("sampling_seconds", self.sampler.seconds)
        log_metric("grading_seconds", time.monotonic() - started)
        return [REWARDS[kind] for kind in kinds]


def _config(phase: Phase, longest: int) -> GRPOConfig:
    """longest: tokens of the longest prompt, with all that an answer may have."""
    grpo = phase.spec.grpo
    if grpo.prompts % processes():
        raise TrainingError(
            f"the {grpo.prompts} questions of a step cannot be dealt out to {processes()} processes",
            fix=f"make grpo.prompts a multiple of {processes()}, or set train.devices",
        )
    return GRPOConfig(
        **arguments(
            phase,
            learning_rate=grpo.learning_rate,
            steps=grpo.steps,
            together=micro_batch_of(phase.spec, longest),
            watched=False,
            batch_size=grpo.prompts * grpo.group,
        ),
        max_steps=grpo.steps,
        num_generations=grpo.group,
        max_completion_length=grpo.max_tokens,
        temperature=grpo.temperature,
        beta=grpo.beta,
        loss_type=LOSS,
        scale_rewards=SCALE,
        shuffle_dataset=False,  # `_dataset` is in the order in which it is asked
    )


def micro_batch_of(spec: TrainSpec, longest: int) -> int:
    """Answers that go through the model together in one process."""
    group, prompts = spec.grpo.group, spec.grpo.prompts // processes()
    if spec.backend == "unsloth":  # it raises fewer to a whole group, and with that the step to more than was asked for
        return group * micro_batch(prompts, group * longest)
    return micro_batch(prompts * group, longest)


def _dataset(asked: Sequence[Asked], spec: TrainSpec) -> Dataset:
    """Every question of the training in its order, so that it is one pass, and going on is counting."""
    order = schedule(len(asked), spec.grpo.steps * spec.grpo.prompts, spec.seed)
    return Dataset.from_dict({"prompt": [asked[number].prompt for number in order], "row": order})


def schedule(questions: int, places: int, seed: int) -> list[int]:
    """Numbers of questions: all of them in an order of `seed`'s, then all in another one, ..., `places` in all."""
    rng = random.Random(seed)
    order: list[int] = []
    while len(order) < places:
        order += rng.sample(range(questions), questions)
    return order[:places]


def _told(history: Sequence[dict[str, Any]], grpo: GrpoSpec) -> dict[str, Any]:
    """What TRL and `Rewarding` logged, a number a step; None where a step had none."""

    def each(name: str, digits: int = 4) -> list[float | None]:
        return [None if row.get(name) is None else round(float(row[name]), digits) for row in history]

    answers = len(history) * grpo.prompts * grpo.group
    lengths = each("completions/mean_length", 2)
    sampling, grading, whole = (each(name, 3) for name in ("sampling_seconds", "grading_seconds", "step_time"))
    spent = [sum(value or 0.0 for value in values) for values in (sampling, grading, whole)]
    return {
        "reward": each("reward"),
        "pass_share": each("pass_share"),
        "format_error_share": each("format_error_share"),
        "cut_share": each("cut_share"),
        "varied_share": [None if value is None else round(1 - value, 4) for value in each("frac_reward_zero_std")],
        "entropy": each("entropy"),
        "divergence": each("kl", 6),  # from the base; None where grpo.beta is 0
        "mean_completion_tokens": lengths,
        "completions": answers,
        "ungraded": round(sum(value or 0.0 for value in each("ungraded", 6)) * grpo.prompts * grpo.group),
        "tampered": round(sum(value or 0.0 for value in each("tamper_share", 6)) * grpo.prompts * grpo.group),
        "label_tokens": round(sum(value or 0.0 for value in lengths) * grpo.prompts * grpo.group),
        "sampling_seconds": round(spent[0], 3),
        "grading_seconds": round(spent[1], 3),
        "learning_seconds": round(max(0.0, spent[2] - spent[0] - spent[1]), 3),
    }
