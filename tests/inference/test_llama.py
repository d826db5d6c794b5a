"""The engine on a real (tiny) model: tokens and greedy text as in transformers, reproducible samples, clear errors."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from loop.errors import EngineError
from loop.inference.chat import render_prompt
from loop.inference.engine import Completion, Request
from loop.inference.llama import LlamaEngine
from loop.inference.plan import plan_workers
from loop.models.gguf_base import write_base_gguf

TEXTS = [
    "int f(const int *a, int n)\n{\n\tfor (int i = 0; i < n; i++) {\n\t\tsum += a[i];\n\t}\n}\n",
    "it's we'll I'M you'Re 1234567 0xff a1b2  ,;: ->\n\n\n   trailing   ",
    "Grüße, naïve café — 日本語 и кириллица 😀 \u00a0\u200b e\u0301",
    render_prompt("Write `int f(int x)`.", system="Be brief."),
    "<|im_start|><|im_end|><|endoftext|><think></think> <|im_end|>\n<|im_end|>x<think>\n",
    "<|im_ end|> <|fim_prefix|> <thin k> <|",
    "\r\n \r\n\t \n",
    "a",
]


def ask(n: int, *, k: int = 1, temperature: float = 1.0, max_tokens: int = 24) -> list[Request]:
    return [
        Request(f"{task}/{j}", render_prompt(f"task {task} sum"), 1000 * task + j, temperature, max_tokens)
        for task in range(n)
        for j in range(k)
    ]


def texts(engine: LlamaEngine, requests: list[Request], adapter: Path | None = None) -> dict[str, str]:
    return {c.request_id: c.text for c in engine.generate(requests, adapter)}


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_those_of_the_hugging_face_tokenizer(tiny_hf: Path, engine: LlamaEngine, text: str) -> None:
    from transformers import AutoTokenizer

    expected = AutoTokenizer.from_pretrained(tiny_hf).encode(text, add_special_tokens=False)
    assert engine.tokenize(text) == expected


def test_a_normalising_tokenizer_is_followed(tiny_hf: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    directory = tmp_path / "nfc"
    shutil.copytree(tiny_hf, directory)
    spec = json.loads((directory / "tokenizer.json").read_text())
    spec["normalizer"] = {"type": "NFC"}
    (directory / "tokenizer.json").write_text(json.dumps(spec))
    with LlamaEngine(write_base_gguf(directory, tmp_path / "nfc.gguf"), context=64, parallel=1) as engine:
        decomposed = "cafe\u0301"
        assert engine.tokenize(decomposed) == engine.tokenize("caf\u00e9")
        expected = AutoTokenizer.from_pretrained(directory).encode(decomposed, add_special_tokens=False)
        assert engine.tokenize(decomposed) == expected


def test_greedy_text_is_that_of_transformers(tiny_hf: Path, engine: LlamaEngine) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_hf)
    model = AutoModelForCausalLM.from_pretrained(tiny_hf).eval()
    requests = ask(5, temperature=0.0, max_tokens=40)
    got = texts(engine, requests)
    for request in requests:
        ids = torch.tensor([tokenizer.encode(request.prompt, add_special_tokens=False)])
        with torch.no_grad():
            whole = model.generate(ids, max_new_tokens=40, do_sample=False, attention_mask=torch.ones_like(ids))
        new = whole[0, ids.shape[1] :].tolist()
        ends = [i for i, token in enumerate(new) if tokenizer.decode([token]) in ("<|im_end|>", "<|endoftext|>")]
        assert got[request.id] == tokenizer.decode(new[: ends[0]] if ends else new)


def test_each_request_comes_back_once_and_knows_its_size(engine: LlamaEngine) -> None:
    requests = ask(13, k=5)
    done = list(engine.generate(requests, None))
    assert sorted(c.request_id for c in done) == sorted(r.id for r in requests)
    by_id = {r.id: r for r in requests}
    for completion in done:
        assert completion.prompt_tokens == len(engine.tokenize(by_id[completion.request_id].prompt))
        assert 1 <= completion.completion_tokens <= 24
        assert completion.finish == "stop" or completion.completion_tokens == 24


def test_a_sample_does_not_depend_on_its_company(engine: LlamaEngine, tiny_gguf: Path) -> None:
    requests = ask(9, k=6, max_tokens=48)
    together = texts(engine, requests)
    assert texts(engine, requests[::-1]) == together
    some = requests[7:11]
    assert texts(engine, some) == {r.id: together[r.id] for r in some}
    with LlamaEngine(tiny_gguf, context=192, parallel=1, threads=1) as alone:
        assert texts(alone, some) == {r.id: together[r.id] for r in some}


def test_samples_of_one_task_differ_and_other_seeds_give_other_samples(engine: LlamaEngine) -> None:
    samples = texts(engine, ask(1, k=8))
    assert len(set(samples.values())) == 8


def test_temperature_zero_ignores_the_seed(engine: LlamaEngine) -> None:
    prompt = render_prompt("count")
    requests = [Request(str(seed), prompt, seed, 0.0, 32) for seed in range(20)]
    assert len(set(texts(engine, requests).values())) == 1


def test_any_integer_is_a_seed(engine: LlamaEngine) -> None:
    prompt = render_prompt("count")
    seeds = [-1, 2**70 + 3, 2**64 - 1, 0]
    got = texts(engine, [Request(str(seed), prompt, seed, 1.0, 16) for seed in seeds])
    assert set(got) == {str(seed) for seed in seeds}
    assert got["-1"] == got[str(2**64 - 1)]


def test_a_full_context_ends_the_completion(engine: LlamaEngine) -> None:
    filler = "sum " * 60
    prompt = render_prompt(filler)
    used = len(engine.tokenize(prompt))
    assert 64 < used < 180
    done = list(engine.generate([Request(str(s), prompt, s, 1.0, 500) for s in range(6)], None))
    longest = max(done, key=lambda c: c.completion_tokens)
    assert longest.finish == "length"
    assert longest.completion_tokens == 192 - used


def test_the_end_of_turn_token_stops_and_is_not_shown(tiny_hf: Path, tmp_path: Path) -> None:
    """A model whose logits all point at <|im_end|>."""
    from safetensors.numpy import load_file, save_file

    directory = tmp_path / "mute"
    shutil.copytree(tiny_hf, directory)
    config = json.loads((directory / "config.json").read_text())
    weights = load_file(directory / "model.safetensors")
    weights["lm_head.weight"] = np.zeros_like(weights["model.embed_tokens.weight"])
    weights["model.norm.weight"][:] = 0.0
    weights["model.norm.weight"][0] = 1.0
    weights["model.embed_tokens.weight"][:, 0] = 5.0
    weights["lm_head.weight"][config["eos_token_id"], 0] = 100.0
    weights["lm_head.weight"][: config["eos_token_id"], 0] = -100.0
    config["tie_word_embeddings"] = False
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    (directory / "config.json").write_text(json.dumps(config))
    with LlamaEngine(write_base_gguf(directory, tmp_path / "mute.gguf"), context=64, parallel=4) as engine:
        done = list(engine.generate([Request("a", "sum", 1, 0.0, 10)], None))
    assert done == [Completion("a", "", len(engine_tokens(directory, "sum")), 1, "stop")]


def engine_tokens(directory: Path, text: str) -> list[int]:
    from tokenizers import Tokenizer

    return list(Tokenizer.from_file(str(directory / "tokenizer.json")).encode(text, add_special_tokens=False).ids)


def test_an_overlong_prompt_is_named_before_anything_is_sampled(engine: LlamaEngine) -> None:
    requests = [*ask(2), Request("the-long-one", "sum " * 400, 1, 1.0, 10)]
    with pytest.raises(EngineError, match=r"the-long-one: its prompt has \d+ tokens, the context is 192"):
        next(engine.generate(requests, None))
    assert len(texts(engine, ask(2))) == 2


@pytest.mark.parametrize(
    "request_",
    [Request("bad", "x", 1, -0.5, 4), Request("bad", "x", 1, float("nan"), 4), Request("bad", "x", 1, 1.0, 0)],
)
def test_a_request_without_sense_is_refused(engine: LlamaEngine, request_: Request) -> None:
    with pytest.raises(EngineError, match="request bad"):
        list(engine.generate([request_], None))


def test_nothing_asked_is_nothing_answered(engine: LlamaEngine) -> None:
    assert list(engine.generate([], None)) == []


def test_closing_the_iterator_early_frees_the_engine(engine: LlamaEngine) -> None:
    expected = texts(engine, ask(3))
    stream = engine.generate(ask(60, k=4, max_tokens=100), None)
    next(stream)
    with pytest.raises(EngineError, match="still generating"):
        next(engine.generate(ask(1), None))
    stream.close()  # type: ignore[attr-defined]
    assert texts(engine, ask(3)) == expected


def test_completions_arrive_while_others_are_being_sampled(engine: LlamaEngine) -> None:
    requests = [Request(str(i), render_prompt("sum"), i, 1.0, 1 if i == 0 else 150) for i in range(16)]
    first = next(iter(engine.generate(requests, None)))
    assert first.completion_tokens < 150


def test_a_killed_worker_is_an_engine_error_and_a_new_engine_works(tiny_gguf: Path) -> None:
    with LlamaEngine(tiny_gguf, context=192, parallel=16, threads=2) as engine:
        stream = engine.generate(ask(200, k=4, max_tokens=120), None)
        next(stream)
        os.kill(engine.worker_pids[-1], signal.SIGKILL)
        with pytest.raises(EngineError, match="killed by signal 9"):
            list(stream)
        with pytest.raises(EngineError, match="killed by signal 9"):
            engine.tokenize("x")
    with LlamaEngine(tiny_gguf, context=192, parallel=4) as engine:
        assert len(texts(engine, ask(2))) == 2


def test_a_closed_engine_says_so(tiny_gguf: Path) -> None:
    engine = LlamaEngine(tiny_gguf, context=64, parallel=1)
    pids = engine.worker_pids
    engine.close()
    engine.close()
    assert not any(alive(pid) for pid in pids)
    with pytest.raises(EngineError, match="closed"):
        engine.tokenize("x")


def test_a_file_that_is_no_model_is_refused_with_llama_cpps_reason(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF but not really" * 100)
    with pytest.raises(EngineError, match=r"cannot load .*broken\.gguf"):
        LlamaEngine(path, context=64, parallel=1)
    with pytest.raises(EngineError, match="no model at"):
        LlamaEngine(tmp_path / "absent.gguf", context=64, parallel=1)


def test_logits_of_a_text_longer_than_a_batch_row_are_whole(engine: LlamaEngine) -> None:
    tokens = engine.tokenize("sum of the array " * 30)[:100]
    whole = engine.logits(tokens, None)
    assert len(whole) == 100
    assert np.allclose(whole[:20], engine.logits(tokens[:20], None), atol=1e-3)
    with pytest.raises(EngineError, match="do not fit"):
        engine.logits(tokens * 2, None)


def test_workers_die_with_their_parent(tiny_gguf: Path) -> None:
    code = (
        "import os, sys, threading; from pathlib import Path; from loop.inference.llama import LlamaEngine\n"
        "made = []\n"
        "def make(): made.append(LlamaEngine(Path(sys.argv[1]), context=64, parallel=16, threads=2))\n"
        "thread = threading.Thread(target=make); thread.start(); thread.join()\n"
        "made[0].tokenize('still there although the thread that made it is gone')\n"
        "print(*made[0].worker_pids, flush=True); os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(tiny_gguf)]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    pids = [int(word) for word in done.stdout.split()]
    assert len(pids) == 2
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "workers outlive their parent"
        time.sleep(0.05)


def test_ctrl_c_ends_parent_and_workers(tiny_gguf: Path) -> None:
    """The terminal's SIGINT goes to the whole process group; only the parent's handling of it is seen."""
    code = (
        "import signal, sys; from pathlib import Path; from loop.inference.llama import LlamaEngine\n"
        "from loop.inference.engine import Request\n"
        # as a terminal starts it: under a shell's `&` the signal would be inherited as ignored
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "with LlamaEngine(Path(sys.argv[1]), context=192, parallel=16, threads=2) as engine:\n"
        "    print(*engine.worker_pids, flush=True)\n"
        "    list(engine.generate([Request(str(i), 'sum', i, 1.0, 180) for i in range(50000)], None))\n"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(tiny_gguf)]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        pids = [int(word) for word in process.stdout.readline().split()]
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors
    assert "EngineError" not in errors
    assert len(pids) == 2
    assert not any(alive(pid) for pid in pids)


def test_the_parent_loads_neither_llama_cpp_nor_numpy(tiny_gguf: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from loop.inference.llama import LlamaEngine\n"
        "with LlamaEngine(Path(sys.argv[1]), context=64, parallel=1) as engine: engine.tokenize('x')\n"
        "sys.exit(sorted(set(sys.modules) & {'llama_cpp', 'numpy', 'torch'}) or 0)\n"
    )
    command = [sys.executable, "-c", code, str(tiny_gguf)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_small_models_get_one_thread_workers_and_large_ones_all_threads(tiny_gguf: Path, tmp_path: Path) -> None:
    small = plan_workers(tiny_gguf, 512, 32, 2)
    assert [(s.sequences, s.threads) for s in small] == [(16, 1), (16, 1)]
    assert [(s.sequences, s.threads) for s in plan_workers(tiny_gguf, 512, 4, 16)] == [(4, 1)]
    large = tmp_path / "large.gguf"
    with large.open("wb") as handle:
        handle.truncate(1 << 30)
    assert [(s.sequences, s.threads) for s in plan_workers(large, 512, 32, 8)] == [(32, 8)]
