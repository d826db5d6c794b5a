"""Greedy text is that of transformers, and of llama.cpp asked for one sequence alone."""

from __future__ import annotations

from pathlib import Path

from loop.inference.llama import LlamaEngine
from tests.support.asking import ask, texts


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


def test_greedy_text_is_that_of_one_sequence_alone_in_llama_cpp(tiny_gguf: Path, engine: LlamaEngine) -> None:
    from llama_cpp import Llama

    alone = Llama(str(tiny_gguf), n_ctx=192, n_threads=1, n_threads_batch=1, flash_attn=True, verbose=False)
    ends = engine.tokenize("<|im_end|><|endoftext|>")
    requests = ask(12, k=2, temperature=0.0, max_tokens=60)
    got = texts(engine, requests)
    for request in requests[::2]:
        said: list[int] = []
        for token in alone.generate(engine.tokenize(request.prompt), temp=0.0):
            if len(said) == 60 or token in ends:
                break
            said.append(token)
        assert got[request.id] == alone.detokenize(said, special=True).decode("utf-8", errors="replace")
