"""How each kind of server is asked for the same thing: plain sampling at a temperature, and nothing else.

Every one has defaults of its own that bend the distribution (top-k 40, min-p, a repetition penalty, vLLM the values in
the model's generation_config.json): all are switched off by name. A field that a server does not know it may pass over
in silence, so what a dialect cannot say is an error here.

Looked up in the sources: llama_cpp.server 0.3.36 (server/types.py, Llama.create_completion), llama-server of the same
llama.cpp (tools/server/server-schema.cpp, server-task.cpp), vLLM 0.11 and later
(entrypoints/openai/completion/protocol.py), Ollama (openai/openai.go).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loop.errors import EngineError

Fields = Mapping[str, Any]
Grammar = Callable[[str], Fields]
Scores = Callable[[Sequence[int], Sequence[str]], Fields]

LIKELIEST = 1000  # tokens whose log-probabilities llama.cpp's servers are asked for
_VLLM_LIKELIEST = 20  # vLLM's own limit (--max-logprobs)


@dataclass(frozen=True)
class Dialect:
    """name: as in engine.server. owned_by: what GET /v1/models says of its models; "": nothing to know it by.

    sampling: fields that leave nothing but the temperature between the softmax and the draw. grammar: fields for a
    GBNF; None: it takes none. scores: fields for the log-probabilities of first tokens, given these and their options.
    counts_end: whether usage.completion_tokens counts the token that ends the turn. at_once: the most requests worth
    having under way, 0 for no limit. load: how an adapter gets there.
    """

    name: str
    owned_by: str
    sampling: Fields
    grammar: Grammar | None
    scores: Scores
    counts_end: bool
    at_once: int
    load: str


def _gbnf(grammar: str) -> Fields:
    return {"grammar": grammar}


def _llama_scores(tokens: Sequence[int], options: Sequence[str]) -> Fields:
    """The grammar keeps the end of the turn from being drawn, after which llama_cpp.server returns no scores; those it
    returns are the model's own, from before the grammar."""
    return {"logprobs": LIKELIEST, "grammar": alternatives(options)}


def _vllm_scores(tokens: Sequence[int], options: Sequence[str]) -> Fields:
    """Those tokens by id, where vLLM knows how; an older one gives the likeliest 20."""
    return {"logprobs": _VLLM_LIKELIEST, "logprob_token_ids": list(tokens), "return_tokens_as_token_ids": True}


def _plain_scores(tokens: Sequence[int], options: Sequence[str]) -> Fields:
    return {"logprobs": _VLLM_LIKELIEST}


def alternatives(options: Iterable[str]) -> str:
    """A GBNF of which exactly these texts are sentences. JSON's escapes are GBNF's too."""
    return "root ::= " + " | ".join(json.dumps(option, ensure_ascii=False) for option in options)


DIALECTS = (
    Dialect(
        name="llama_cpp.server",
        owned_by="me",
        sampling={"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0},
        grammar=_gbnf,
        scores=_llama_scores,
        counts_end=False,
        at_once=2,  # it computes one at a time; the second is on its way meanwhile
        load="a model of that name in its --config_file, with the adapter's GGUF as lora_path",
    ),
    Dialect(
        name="llama-server",
        owned_by="llamacpp",
        sampling={"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0, "samplers": ["temperature"]},
        grammar=_gbnf,
        scores=_llama_scores,
        counts_end=True,
        at_once=0,
        load="start it with --lora FILE (one file for each adapter, separated by commas)",
    ),
    Dialect(
        name="vllm",
        owned_by="vllm",
        sampling={"top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0, "add_special_tokens": False},
        grammar=lambda grammar: {"structured_outputs": {"grammar": grammar}},
        scores=_vllm_scores,
        counts_end=True,
        at_once=0,
        load="start it with --enable-lora --max-lora-rank RANK --lora-modules NAME=FOLDER, or with"
        " VLLM_ALLOW_RUNTIME_LORA_UPDATING=True on this machine, so that it can be asked to load one",
    ),
    Dialect(
        name="ollama",
        owned_by="library",
        sampling={},  # its OpenAI endpoint takes no more: top_k and repeat_penalty are set in the Modelfile
        grammar=None,
        scores=_plain_scores,
        counts_end=True,
        at_once=0,
        load="`ollama create NAME` from a Modelfile with ADAPTER FILE (docs/operate.md)",
    ),
)
OTHER = Dialect(
    name="other",
    owned_by="",
    sampling={},
    grammar=None,
    scores=_plain_scores,
    counts_end=True,
    at_once=0,
    load="load the adapter there under that name",
)
KNOWN = {dialect.name: dialect for dialect in (*DIALECTS, OTHER)}


def recognise(owners: Iterable[str]) -> Dialect:
    """The dialect of a server whose models are owned by these; `OTHER` when none is known."""
    by_owner = {dialect.owned_by: dialect for dialect in DIALECTS}
    return next((by_owner[owner] for owner in owners if owner in by_owner), OTHER)


def grammar_fields(dialect: Dialect, grammar: str) -> Fields:
    """Raises EngineError when the server takes none."""
    if not grammar:
        return {}
    if dialect.grammar is None:
        raise EngineError(
            f"a server of the kind '{dialect.name}' takes no grammar",
            fix='use llama_cpp.server, llama-server or vLLM for this stage, or engine.kind = "llama.cpp"',
        )
    return dialect.grammar(grammar)
