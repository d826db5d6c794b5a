"""GRPO for real on a tiny random Qwen3: it learns what is rewarded, and killed it goes on as it would have."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from evaluators.spec import FunctionSpec, Param
from evaluators.spec_json import spec_to_json
from evaluators.verdict import Kind
from loop.errors import TrainingError, TrainingLost
from loop.inference.chat import render_prompt
from loop.models.catalogue import MICRO_DIR
from loop.pipeline.stage import Call
from loop.training.backends import Loaded
from loop.training.examples import Asked, to_lines
from loop.training.fit import fit
from loop.training.job import Job
from loop.training.methods.grpo import Rewarding, micro_batch_of, schedule
from loop.training.rewards import Judge
from loop.training.rollouts import Sampler, ends_of
from loop.training.trainer import GrpoSpec, TrainSpec

STEPS = 8
QUESTIONS = ("Is this file needed?", "odd or even?", "Is it relevant?")


def ignore(fraction: float, text: str) -> None:
    pass


def likely_words(base: Path, prompt: str) -> list[str]:
    """The readable tokens that the model is likeliest to begin with, the likeliest first."""
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base)
    with torch.no_grad():
        ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
        order = model(**ids).logits[0, -1].argsort(descending=True)[:40].tolist()
    words = [tokenizer.decode([token]) for token in order]
    return [word for word in words if word.isascii() and word.isalpha()]


@pytest.fixture(scope="session")
def questions(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Questions with options that a random model says by chance, of which the less likely one is right."""
    rows = []
    for text in QUESTIONS:
        prompt = render_prompt(text)
        likely, less = likely_words(base, prompt)[:2]
        call = Call("t", "scope", text, text, options=(likely, less), label=less)
        rows.append(Asked(prompt, asdict(call), None, "s", text))
    path = tmp_path_factory.mktemp("questions") / "rows.jsonl"
    path.write_text(to_lines(rows), encoding="utf-8")
    return path


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Threads of this very process spin at their barriers, and crawl when anything else wants a core."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def spec_of(base: Path, questions: Path, out: Path, **grpo: object) -> TrainSpec:
    settings = {"steps": STEPS, "prompts": 3, "group": 16, "learning_rate": 2e-2, "temperature": 1.0, "max_tokens": 1}
    return TrainSpec(
        base, questions, out, method="grpo", seed=5, rank=4, alpha=8, checkpoint=3, max_length=256,
        grpo=GrpoSpec(**(settings | grpo)),  # type: ignore[arg-type]
    )  # fmt: skip


def learn(spec: TrainSpec, work: Path, report: object = ignore) -> dict[str, object]:
    spec.out.mkdir(parents=True, exist_ok=True)
    return fit(Job("trl", spec, spec.out, work), report)  # type: ignore[arg-type]


class Killed(Exception):
    pass


def killed_at(step: str, spec: TrainSpec, work: Path) -> None:
    """A training that ends when it tells of this step, after the checkpoints that it had made by then."""

    def kill(fraction: float, text: str) -> None:
        if step in text:
            raise Killed

    with pytest.raises(Killed):
        learn(spec, work, kill)


def adapter(out: Path) -> bytes:
    return (out / "adapter_model.safetensors").read_bytes()


def test_every_question_is_asked_before_one_is_asked_again() -> None:
    order = schedule(5, 12, seed=1)
    assert len(order) == 12
    assert sorted(order[:5]) == sorted(order[5:10]) == list(range(5))
    assert schedule(5, 12, seed=1) == order != schedule(5, 12, seed=2)
    assert Counter(schedule(2, 8, seed=0)) == {0: 4, 1: 4}


def test_an_answer_ends_where_the_engine_ends_it_and_is_read_as_the_engine_gives_it(base: Path) -> None:
    for directory in (base, MICRO_DIR):
        tokenizer = AutoTokenizer.from_pretrained(directory)
        plain = Tokenizer.from_file(str(directory / "tokenizer.json"))
        assert ends_of(tokenizer) == [plain.token_to_id("<|im_end|>"), plain.token_to_id("<|endoftext|>")]
        sampler = Sampler(Loaded(None, tokenizer, "cpu", "float32"), max_tokens=8)
        said = "<think>\nx\n</think>\n\n```c\nint  f ;\n```\n"
        ids = plain.encode(said, add_special_tokens=False).ids
        assert sampler.encode([said]) == [ids]
        assert sampler.text([*ids, sampler.ends[0]]) == sampler.text(ids) == said
        assert sampler.text([*plain.encode("<|im_start|>").ids, *ids]) == "<|im_start|>" + said
        assert sampler.cut(ids) and not sampler.cut([*ids, sampler.ends[0]])


@pytest.mark.parametrize(
    ("backend", "longest", "answers"),
    [("trl", 400, 12), ("trl", 10, 48), ("trl", 9_000, 1), ("unsloth", 100, 48), ("unsloth", 9_000, 16)],
)  # fmt: skip
def test_answers_go_through_the_model_in_parts_of_the_step_whole_groups_with_unsloth(
    backend: str, longest: int, answers: int
) -> None:
    spec = replace(spec_of(Path(), Path(), Path()), backend=backend)  # type: ignore[arg-type]
    assert micro_batch_of(spec, longest) == answers


class Failing(Judge):
    """Every other answer meets a grader that is out of order."""

    def kinds(self, answers: Sequence[tuple[int, str]]) -> list[Kind]:
        return [Kind.INFRA if at % 2 else Kind.PASS for at in range(len(answers))]


def test_an_answer_without_a_verdict_has_no_reward_and_is_counted(base: Path) -> None:
    sampler = Sampler(Loaded(None, AutoTokenizer.from_pretrained(base), "cpu", "float32"), max_tokens=8)
    told: dict[str, float] = {}
    answers = [[5, 6, sampler.ends[0]], [5], [7, sampler.ends[0]], [8, sampler.ends[1]]]
    rewards = Rewarding(Failing([], None), sampler).rewards(
        completion_ids=answers, row=[0, 0, 1, 1], log_metric=told.__setitem__
    )
    assert rewards == [1.0, None, 1.0, None]
    assert (told["pass_share"], told["ungraded"], told["cut_share"]) == (0.5, 0.5, 0.25)


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_what_is_rewarded_is_learned_and_a_killed_training_goes_on_as_it_would_have(
    base: Path, questions: Path, tmp_path: Path
) -> None:
    whole = learn(spec_of(base, questions, tmp_path / "whole"), tmp_path / "whole-work")
    rewards, passed = whole["reward"], whole["pass_share"]
    assert isinstance(rewards, list) and isinstance(passed, list)
    assert len(rewards) == len(passed) == whole["steps"] == STEPS
    assert sum(passed[-2:]) / 2 > sum(passed[:2]) / 2 + 0.2
    assert whole["last_reward"] > whole["first_reward"]  # type: ignore[operator]
    assert whole["completions"] == whole["label_tokens"] == STEPS * 3 * 16  # of one token each
    assert whole["cut_share"] == [1.0] * STEPS
    assert whole["rows"] == len(QUESTIONS) and whole["ungraded"] == 0
    json.dumps(whole, allow_nan=False)

    killed_at("step 5/", spec := spec_of(base, questions, tmp_path / "killed"), tmp_path / "work")
    gone_on = learn(spec, tmp_path / "work")
    assert gone_on["resumed_at"] == 3
    for same in ("reward", "pass_share", "loss", "grad_norm", "tokens", "completions", "first_reward", "last_reward"):
        assert gone_on[same] == whole[same], same
    assert adapter(spec.out) == adapter(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_with_a_weight_on_the_divergence_only_the_adapter_itself_comes_out_killed_or_not(
    base: Path, questions: Path, tmp_path: Path
) -> None:
    """TRL would then keep a second adapter in the same model and in its checkpoints."""
    whole = learn(spec_of(base, questions, tmp_path / "whole", beta=0.1, steps=3), tmp_path / "whole-work")
    assert whole["divergence"][0] == 0 and whole["divergence"][2] > 0  # type: ignore[index]
    killed_at("step 3/", spec := spec_of(base, questions, tmp_path / "killed", beta=0.1, steps=3), tmp_path / "work")
    gone_on = learn(spec, tmp_path / "work")
    assert gone_on["resumed_at"] == 2 and gone_on["reward"] == whole["reward"]
    assert gone_on["trainable_parameters"] == whole["trainable_parameters"]
    assert adapter(spec.out) == adapter(tmp_path / "whole")
    assert not (spec.out / "ref").exists()


@pytest.mark.usefixtures("one_thread")
def test_a_model_that_never_says_anything_readable_learns_nothing_and_says_so(
    base: Path, oracle_cache: Path, tmp_path: Path
) -> None:
    """The oracle is opened and never asked: no answer is C."""
    absolute = FunctionSpec("absolute", "int", (Param("x", "int", "scalar"),), "int absolute(int x) { return x; }")
    call = Call("t", "implementation", "", "Write int absolute(int x).")
    long = Asked(render_prompt("long " * 200), asdict(call), spec_to_json(absolute), "s", "t")
    rows = tmp_path / "rows.jsonl"
    rows.write_text(to_lines([Asked(render_prompt(call.prompt), asdict(call), spec_to_json(absolute), "s", "t"), long]))
    spec = spec_of(base, rows, tmp_path / "out", steps=2, prompts=1, group=2, max_tokens=4)
    with pytest.raises(TrainingLost, match="worth the same"):
        learn(replace(spec, cache=oracle_cache), tmp_path / "work")
    rows.write_text(to_lines([long]))
    with pytest.raises(TrainingError, match="no prompt leaves room"):
        learn(replace(spec, cache=oracle_cache), tmp_path / "work-2")
