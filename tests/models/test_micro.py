"""The micro model: its recipe builds a working Qwen3, and the one in the project is what its manifest says."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest

from loop.inference.chat import render_completion, render_prompt
from loop.models.micro_build import build, encode, train_tokenizer
from loop.models.micro_corpus import ROOM, Row, rows
from loop.models.micro_corpus_flaws import slip
from loop.models.micro_train import Recipe, batches
from loop.stage_names import STAGES

MICRO = Path(__file__).parents[2] / "loop" / "models" / "micro"
SMALL = Recipe(
    vocabulary=1024, hidden=32, layers=2, heads=2, kv_heads=1, head_dim=16, intermediate=64, pool=300, steps=12,
    batch=1200, warmup=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object], list[float]]:
    out, seen = tmp_path_factory.mktemp("micro"), []
    figures = build(out, SMALL, lambda fraction, text: seen.append(fraction))
    return out, figures, seen


def test_the_recipe_builds_a_qwen3_in_hugging_face_layout(built: tuple[Path, dict[str, object], list[float]]) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    out, figures, _ = built
    model = AutoModelForCausalLM.from_pretrained(out)
    assert type(model).__name__ == "Qwen3ForCausalLM"
    assert sum(p.numel() for p in model.parameters()) == figures["parameters"]
    assert model.config.tie_word_embeddings and model.config.num_key_value_heads < model.config.num_attention_heads
    tokenizer = AutoTokenizer.from_pretrained(out)
    asked = [{"role": "user", "content": "Return 1."}]
    rendered = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    assert rendered == render_prompt("Return 1.")


def test_building_reports_its_progress_and_lowers_the_loss(built: tuple[Path, dict[str, object], list[float]]) -> None:
    _, figures, seen = built
    assert seen == sorted(seen) and len(seen) >= 2
    assert isinstance(figures["loss"], float) and figures["loss"] < 6.9  # ln(1024): knowing nothing


def test_the_same_seed_gives_the_same_weights(
    built: tuple[Path, dict[str, object], list[float]], tmp_path: Path
) -> None:
    build(tmp_path, SMALL, lambda fraction, text: None)
    assert (tmp_path / "MANIFEST.json").read_bytes() == (built[0] / "MANIFEST.json").read_bytes()


def test_the_weights_in_the_project_are_small_and_were_built_by_the_recipe_that_stands_here() -> None:
    manifest = json.loads((MICRO / "MANIFEST.json").read_text())
    assert manifest["recipe"] == vars(Recipe())
    assert (MICRO / "model.safetensors").stat().st_size <= 8_000_000


def test_rows_are_cut_into_prompt_and_completion_at_a_token_boundary() -> None:
    found = list(islice(rows(2), 60))
    tokenizer = train_tokenizer([row.prompt + row.completion for row in found], 512)
    for row in found:
        ids, prompt = encode(tokenizer, row)
        assert tokenizer.decode(ids[prompt:], skip_special_tokens=False) == row.completion
        assert ids == tokenizer.encode(row.prompt + row.completion).ids


def test_batches_hold_rows_of_similar_length() -> None:
    import random

    pool = [([0] * (10 + i % 90), 5) for i in range(400)]
    for batch in islice(batches(pool, 800, random.Random(1)), 50):
        lengths = [len(ids) for ids, _ in batch]
        assert max(lengths) - min(lengths) <= 20
        assert max(lengths) * len(lengths) <= 800


def test_a_batch_epoch_holds_every_row_once() -> None:
    import random

    pool = [([i] * (1 + i % 70), 1) for i in range(200)]
    seen: list[int] = []
    for batch in batches(pool, 300, random.Random(1)):
        seen += [ids[0] for ids, _ in batch]
        if len(seen) >= len(pool):
            break
    assert sorted(seen) == list(range(200))


@pytest.fixture(scope="module")
def corpus() -> list[Row]:
    return list(islice(rows(3), 3000))


def test_the_corpus_is_flawed_about_as_often_as_its_shares_say_and_the_same_for_a_seed(corpus: list[Row]) -> None:
    katas = [row for row in corpus if row.stage == "kata"]
    assert 0.5 < sum(row.flawed for row in katas) / len(katas) < 0.68
    assert corpus[:50] == list(islice(rows(3), 50)) != list(islice(rows(4), 50))


def test_the_corpus_speaks_all_stages_and_thinks_now_and_then(corpus: list[Row]) -> None:
    for stage in ("kata", *STAGES):
        asked = [row for row in corpus if row.stage == stage]
        assert len(asked) > 100
        assert 0.02 < sum("<think>\n\n</think>" not in row.prompt for row in asked) / len(asked) < 0.14
        if stage != "kata":
            assert 0.08 < sum(row.flawed for row in asked) / len(asked) < 0.7


def test_neither_yes_nor_no_is_rare(corpus: list[Row]) -> None:
    words = [row.completion.rpartition("\n")[2].removesuffix("<|im_end|>") for row in corpus if row.stage == "scope"]
    assert 0.35 < words.count("yes") / len(words) < 0.75
    assert words.count("yes") + words.count("no") > 0.95 * len(words)


def test_prompts_are_those_of_the_stages_themselves_with_nothing_left_out() -> None:
    import random

    from loop.models.micro_corpus import KINDS, calls_of
    from loop.tasks.kata.projects.generate import drawn

    rng = random.Random(8)
    for kind in KINDS:
        _, task = next(found for found in (drawn(kind, rng) for _ in range(20)) if found)
        for stage in STAGES:
            for call in calls_of(task, stage):
                assert call.dropped == () and len(call.prompt) < 2600
    assert ROOM.holds("x" * 10_000)


def test_every_kind_of_change_is_answered_rightly_and_wrongly(corpus: list[Row]) -> None:
    from evaluators.projects.edits import EditError, parse_edits

    readable = 0
    asked = [row for row in corpus if row.stage == "implementation"]
    for row in asked:
        try:
            readable += bool(parse_edits(row.completion))
        except EditError:
            continue
    assert 0.9 < readable / len(asked) < 1


def test_a_slip_changes_the_body_and_never_the_signature() -> None:
    import random

    source = "int f(int n) {\n    int r = 0;\n    for (int i = 0; i < n; i++)\n        r += i;\n    return r;\n}"
    slipped = {slip(source, random.Random(seed)) for seed in range(30)}
    assert len(slipped) > 3 and source not in slipped
    assert all(text.startswith("int f(int n) {\n") for text in slipped)
    assert render_completion(source).endswith("<|im_end|>")
