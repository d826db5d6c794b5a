"""What can be set, and why. Few knobs; each carries its reason, its range and its default.

Values are resolved by `loop.settings_load`. Precedence, lowest first: these defaults, the profile, loop.toml,
LOOP_<SECTION>_<KEY> in the environment, flags.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from loop.stage_names import STAGES

T = TypeVar("T", bool, int, float, str)

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")  # matrices LoRA may adapt
METHODS = ("sft", "dpo", "sft+dpo", "grpo")

CONTEXT_CEILING = 32_768  # tokens: what Qwen3 was trained to; smaller models read longer contexts badly anyway
# What llama.cpp runs, and the names of what is refused, so that the refusal can say why (`loop.router`).
QUANTIZATIONS = (
    *("auto", "f32", "bf16", "f16", "q8_0", "q6_k", "q5_k_m", "q5_k_s", "q5_0", "q4_k_m", "q4_k_s", "q4_0"),
    *("q3_k_l", "q3_k_m", "q3_k_s", "q2_k", "w8a8", "int8", "fp8"),
)


def knob(
    default: T,
    why: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    several: tuple[str, ...] = (),
    unset: T | None = None,
) -> T:
    """A dataclass field that knows its reason and the values it may take (`low` and `high` are inclusive).

    several: any of these, separated by commas, or "all". unset: the one value outside the others that leaves it to
    another knob, which `why` names.
    """
    metadata: dict[str, Any] = {"why": why, "low": low, "high": high, "choices": choices}
    metadata |= {"several": several, "unset": unset}
    made: T = field(default=default, metadata=metadata)
    return made


@dataclass(frozen=True)
class RunSettings:
    pack: str = knob("kata", "the tasks that are practised and audited (`loop tasks list`)")
    seed: int = knob(1, "every draw of a run follows from it: tasks, samples, training order, statistics", low=0)
    cycles: int = knob(1, "cycles that one `loop run` makes", low=1, high=1000)
    stages: str = knob("all", "the stages that are practised and trained", several=STAGES)


@dataclass(frozen=True)
class ModelSettings:
    base: str = knob("micro", "a name that `loop models list` knows, or a directory in Hugging Face layout")
    quantization: str = knob(
        "auto", "type of the engine's weights; auto: the one they are stored in", choices=QUANTIZATIONS
    )
    force_quantization: str = knob(
        "", "the reason for a quantization that is refused for a model of this size; saved with the run", unset=""
    )
    context: int = knob(
        1024,
        "tokens a sequence, always explicit: engines' own defaults cut prompts silently",
        low=64,
        high=CONTEXT_CEILING,
    )


@dataclass(frozen=True)
class SamplingSettings:
    temperature: float = knob(
        0.8, "the deployed decoding: practised, audited and promoted at the same one", low=0.0, high=2.0
    )
    max_tokens: int = knob(320, "tokens of an answer before it is cut (a cut answer is a format error)", low=1)
    parallel: int = knob(64, "sequences decoded together: more is faster until the cache no longer fits", low=1)
    threads: int = knob(0, "threads of the engine; 0: all cores", low=0)


@dataclass(frozen=True)
class EngineSettings:
    """Who samples: this machine's own llama.cpp, or a server with OpenAI's completions endpoint."""

    kind: str = knob(
        "llama.cpp",
        "llama.cpp in processes of this machine's own, or the server that the other knobs of `engine` tell of",
        choices=("llama.cpp", "server"),
    )
    url: str = knob("http://127.0.0.1:8000/v1", "the server's address, up to and with /v1")
    server: str = knob(
        "auto",
        "what runs there: it decides how a grammar, an adapter or a judgment is asked for; auto: by what it says of "
        "its models",
        choices=("auto", "llama_cpp.server", "llama-server", "vllm", "ollama", "other"),
    )
    model: str = knob("{base}", "the base's name there; {base} stands for its name here")
    adapter: str = knob(
        "loop-{adapter}", "an adapter's name there; {adapter} stands for the first 12 digits of its sha256"
    )
    in_flight: int = knob(
        16, "requests under way together: a server that batches wants many, each waits its turn", low=1, high=1024
    )
    timeout: float = knob(600.0, "seconds that one attempt at a request may take, waiting included", low=0.1)
    retries: int = knob(
        4, "further attempts after 429, 5xx, a timeout or a dropped connection, with growing pauses", low=0, high=100
    )
    key_variable: str = knob(
        "", "the environment variable that holds the server's API key; the key itself is never a setting", unset=""
    )


@dataclass(frozen=True)
class StageSettings:
    """Which model answers for a stage, and how; `loop.router` resolves what is left to [model] and [sampling]."""

    base: str = knob("", "another base model for this stage; empty: `model.base`", unset="")
    quantization: str = knob(
        "", "type of that model's weights; empty: `model.quantization`", choices=QUANTIZATIONS, unset=""
    )
    adapter: str = knob(
        "champion", "champion, challenger, previous, base (no adapter), a version, or the beginning of a sha256"
    )
    context: int = knob(0, "tokens a sequence of this stage; 0: `model.context`", low=64, high=CONTEXT_CEILING, unset=0)
    thinking: str = knob(
        "off", "a thought before the answer lifts code by 10-20 points and is waste on a yes/no", choices=("off", "on")
    )
    thinking_budget: int = knob(256, "tokens a thought may take, beside those of the answer", low=1)
    temperature: float = knob(
        -1.0, "temperature of this stage; -1: `sampling.temperature`", low=0.0, high=2.0, unset=-1.0
    )
    max_tokens: int = knob(0, "tokens of this stage's answers; 0: `sampling.max_tokens`", low=1, unset=0)
    grammar: str = knob(
        "off",
        "on: answers are kept to the form that is asked for, so none is unreadable; what a model learns of forms then "
        "no longer shows",
        choices=("off", "on"),
    )
    method: str = knob("", "how this stage is trained; empty: `train.method`", choices=METHODS, unset="")
    rank: int = knob(0, "rank of this stage's adapter; 0: `train.rank`", low=1, high=512, unset=0)
    targets: str = knob("", "matrices this stage's adapter adapts; empty: `train.targets`", several=TARGETS, unset="")


@dataclass(frozen=True)
class JudgmentSettings(StageSettings):
    """A stage whose answers are single words."""

    max_tokens: int = knob(8, "tokens of an answer, which is one word; 0: `sampling.max_tokens`", low=1, unset=0)
    judge: str = knob(
        "logits",
        "how a question with given answers is put: off the logits, without generating what they tell already, or by "
        "generating every answer; with a thought it is always generated",
        choices=("logits", "generate"),
    )
    threshold: float = knob(
        0.0,
        "the score from which on an answer other than the careful one stands, where one answer is wanted and not a "
        "sample; 0: whatever is likeliest",
        low=0.0,
        high=1.0,
    )


@dataclass(frozen=True)
class PlanningSettings(JudgmentSettings):
    max_tokens: int = knob(
        96, "tokens of an answer: a line a change point, or one word; 0: `sampling.max_tokens`", low=1, unset=0
    )


@dataclass(frozen=True)
class PracticeSettings:
    tasks: int = knob(220, "practice tasks sampled in a cycle", low=1)
    k: int = knob(6, "completions sampled for a task: more finds solutions of harder tasks", low=1)
    calls: int = knob(4, "questions that a judging stage asks about one task; 0: all it has", low=0)
    projects: float = knob(
        0.34, "share of projects among the tasks practised, where a pack has functions as well", low=0.0, high=1.0
    )


@dataclass(frozen=True)
class GradeSettings:
    cases: int = knob(24, "hidden inputs a candidate must answer; edge cases are always among them", low=1)
    workers: int = knob(0, "graders at work together; 0: all cores", low=0)
    sandbox: str = knob(
        "auto",
        "the tier that graded programs must run in; auto: strong or standard, the strongest that is proved here; "
        "weak is trusted for nothing",
        choices=("auto", "strong", "standard", "weak"),
    )


@dataclass(frozen=True)
class HarvestSettings:
    """What of all that was ever practised is worth learning. Each is a filter whose removals are counted by name."""

    per_task: int = knob(
        2, "distinct passing solutions kept for one question, so that easy ones do not crowd out; 0: any number",
        low=1, unset=0,
    )  # fmt: skip
    per_family: int = knob(1000, "rows kept of one family of tasks; 0: any number", low=1, unset=0)
    per_cycle: int = knob(5000, "rows kept of one cycle's practice; 0: any number", low=1, unset=0)
    near_duplicate: float = knob(
        0.95, "answers to one question that share so much of their code are one answer; 1: only equal ones; 0: not "
        "even those", low=0.5, high=1.0, unset=0.0,
    )  # fmt: skip
    contamination: float = knob(
        0.9, "an answer that shares so much of its code with a held-out solution is not learned from", low=0.5, high=1.0
    )
    replay: float = knob(
        0.15, "share of the rows that may be of mastered questions, solved at every attempt; 1: any share",
        low=0.0, high=1.0,
    )  # fmt: skip
    reasoning: float = knob(
        0.75, "share of the rows that have a thought, where a stage thinks; 0: as they come", low=0.0, high=1.0
    )
    balance: float = knob(
        2.0, "a label of judgments may have so many times the rows of the rarest one; 0: any number", low=1.0, unset=0.0
    )
    pairs: int = knob(4, "pairs of a passing and a failing answer kept for one question (dpo)", low=1)


@dataclass(frozen=True)
class TrainSettings:
    method: str = knob(
        "sft",
        "sft: on right answers; dpo: on pairs of a right and a wrong answer; sft+dpo: one after the other; grpo: on "
        "what the oracle says of fresh answers",
        choices=METHODS,
    )
    backend: str = knob(
        "auto", "auto: unsloth where it is installed and a GPU is there, else trl", choices=("auto", "trl", "unsloth")
    )
    precision: str = knob(
        "auto",
        "type of the frozen base in training; auto: 32 bits on a CPU, 16 on a GPU; 4bit is QLoRA, fp8 wants a GPU that "
        "has it and unsloth",
        choices=("auto", "32bit", "16bit", "4bit", "fp8"),
    )
    devices: int = knob(
        0, "processes that train together, one a GPU; 0: one for each GPU, one on a CPU", low=1, unset=0
    )
    rank: int = knob(16, "rank of the LoRA matrices: the adapter's capacity", low=1, high=512)
    alpha: int = knob(32, "scale of the adapter; alpha / rank multiplies its output", low=1)
    targets: str = knob("all", "the matrices that are adapted", several=TARGETS)
    learning_rate: float = knob(2e-3, "peak learning rate; small models want larger ones", low=1e-7, high=1.0)
    epochs: float = knob(4.0, "passes over the accumulated training set, at most", low=0.01)
    batch_size: int = knob(16, "rows in one optimiser step", low=1)
    min_tasks: int = knob(
        20, "training is refused on fewer distinct solved tasks: an adapter would only memorise", low=1
    )
    hold_back: float = knob(
        0.1, "share of the practised tasks that is not trained on but watched, to stop in time; 0: none",
        low=0.0, high=0.5,
    )  # fmt: skip
    patience: int = knob(2, "looks at the held-back tasks without progress before training stops", low=1)
    checkpoint: int = knob(25, "steps between checkpoints, from which a killed training goes on", low=1)


@dataclass(frozen=True)
class DpoSettings:
    beta: float = knob(0.1, "how strongly the adapter is held to where the phase began", low=1e-4, high=10.0)
    learning_rate: float = knob(2e-4, "peak learning rate of the phase", low=1e-8, high=1.0)
    epochs: float = knob(1.0, "passes over the pairs", low=0.01)


@dataclass(frozen=True)
class GrpoSettings:
    steps: int = knob(30, "optimiser steps, each with fresh answers", low=1)
    prompts: int = knob(8, "questions in one step", low=1)
    group: int = knob(8, "answers sampled to each; their mean is the baseline", low=2)
    learning_rate: float = knob(3e-3, "peak learning rate; the reward tells whether it is too high", low=1e-8, high=1.0)
    beta: float = knob(0.0, "weight of the divergence from the base; 0: none, as is usual", low=0.0, high=10.0)


@dataclass(frozen=True)
class AuditSettings:
    chain: int = knob(24, "projects that go through the whole chain, all stages end to end; 0: all of the split", low=0)
    k: int = knob(4, "completions sampled for a task, at most; their mean is the task's score", low=1)
    first: int = knob(2, "completions a task before the gate looks first; clear cases end there", low=1)
    tasks: int = knob(0, "tasks of the split that are measured; 0: all of them", low=0)
    calls: int = knob(4, "questions that a judging stage asks about one task; 0: all it has", low=0)
    honeypots: int = knob(6, "tasks asked again with an answer that nobody can know; a pass is a proven hack", low=1)
    vault_every: int = knob(
        5, "promotions of a stage between two audits of its champion on the vault; 0: only on request", low=0
    )


@dataclass(frozen=True)
class GateSettings:
    alpha: float = knob(0.05, "chance of any false promotion in the whole history of an audit set", low=1e-9, high=0.5)
    attempts: int = knob(20, "attempts that an audit set is good for; each may err in alpha / attempts", low=1)
    attempt_alpha: float = knob(
        0.01, "most that one attempt may err in, with what promotions before it handed on", low=1e-9, high=0.5
    )
    guard_alpha: float = knob(0.05, "a loss counts as shown when noise has less than this chance", low=1e-9, high=0.5)
    eta: float = knob(0.02, "smallest gain in pass@1 worth a promotion", low=0.0, high=1.0)
    family_margin: float = knob(0.10, "no family of tasks may lose more than this", low=0.0, high=1.0)
    format_margin: float = knob(0.02, "the share of format errors may not rise by more than this", low=0.0, high=1.0)
    pass_at_k_margin: float = knob(0.03, "pass@k may not fall by more than this: variety is kept", low=0.0, high=1.0)
    permutations: int = knob(10_000, "draws of the permutation test", low=100)
    bootstrap: int = knob(2_000, "draws of the clustered bootstrap behind each interval", low=100)
    require_approval: bool = knob(
        False, "a promotion that the gate has decided on waits for a person: `loop approve`, or Prefect's UI"
    )
    approval_timeout: float = knob(
        0.0, "hours that it waits; then it expires, and the champion stays; 0: for ever", low=0.0, high=87_600.0
    )


@dataclass(frozen=True)
class Settings:
    profile: str = "micro"
    run: RunSettings = field(default_factory=RunSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    routing: JudgmentSettings = field(default_factory=JudgmentSettings)
    scope: JudgmentSettings = field(default_factory=JudgmentSettings)
    precision: JudgmentSettings = field(default_factory=JudgmentSettings)
    planning: PlanningSettings = field(default_factory=PlanningSettings)
    implementation: StageSettings = field(default_factory=StageSettings)
    practice: PracticeSettings = field(default_factory=PracticeSettings)
    grade: GradeSettings = field(default_factory=GradeSettings)
    harvest: HarvestSettings = field(default_factory=HarvestSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    dpo: DpoSettings = field(default_factory=DpoSettings)
    grpo: GrpoSettings = field(default_factory=GrpoSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    gate: GateSettings = field(default_factory=GateSettings)
