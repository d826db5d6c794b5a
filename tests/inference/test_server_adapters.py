"""Adapters of a server: by name, by path, loaded on demand, and what is said when they are not there."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from loop.errors import EngineError
from tests.support.server_pair import BASE, Pair


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """A file where an adapter would lie: in a folder named by its sha256."""
    folder = tmp_path / ("0123456789ab" * 6)[:64]
    folder.mkdir()
    (folder / "adapter.gguf").write_bytes(b"GGUF")
    return folder / "adapter.gguf"


@pytest.mark.parametrize("kind", ["llama_cpp.server", "vllm", "ollama", "other"])
def test_an_adapter_is_a_model_of_its_own_name(tiny_hf: Path, stack: ExitStack, kind: str, adapter: Path) -> None:
    tag = ":latest" if kind == "ollama" else ""
    pair = Pair(tiny_hf, stack, kind, (f"base{tag}", f"loop-0123456789ab{tag}"))
    pair.complete()
    pair.complete(adapter)
    assert [body["model"] for body in pair.server.bodies] == [f"base{tag}", f"loop-0123456789ab{tag}"]


def test_the_names_there_are_a_setting(tiny_hf: Path, stack: ExitStack, adapter: Path) -> None:
    pair = Pair(tiny_hf, stack, "vllm", ("Qwen/base-1", "b-0123456789ab"), model="Qwen/{base}-1", adapter="b-{adapter}")
    pair.complete(adapter)
    assert pair.server.bodies[0]["model"] == "b-0123456789ab"


@pytest.mark.parametrize("kind", ["llama_cpp.server", "vllm", "ollama", "other"])
def test_an_adapter_that_is_not_served_is_an_error_that_says_how_to_load_it(
    tiny_hf: Path, stack: ExitStack, kind: str, adapter: Path
) -> None:
    pair = Pair(tiny_hf, stack, kind, (BASE, "loop-ffffffffffff"))
    with pytest.raises(EngineError, match=r"has not loaded the adapter loop-0123456789ab .*base, loop-ffff") as caught:
        pair.complete(adapter)
    how = {"llama_cpp.server": "lora_path", "vllm": "--lora-modules", "ollama": "ADAPTER", "other": "under that name"}
    assert how[kind] in caught.value.fix
    assert not pair.server.bodies


def test_a_base_that_is_not_served_is_an_error_that_names_what_is(tiny_hf: Path, stack: ExitStack) -> None:
    pair = Pair(tiny_hf, stack, "llama_cpp.server", ("another", "third"))
    with pytest.raises(EngineError, match="serves no model 'base'; it serves another, third") as caught:
        pair.complete()
    assert "engine.model" in caught.value.fix
    assert not pair.server.bodies


def test_vllm_is_asked_to_load_an_adapter_when_it_may(tiny_hf: Path, stack: ExitStack, adapter: Path) -> None:
    pair = Pair(tiny_hf, stack, "vllm")

    def load(handler: Any, body: dict[str, Any]) -> None:
        handler.server.serve([BASE, body["lora_name"]])
        handler.reply(200, "Success: LoRA adapter added")

    pair.server.posts["/v1/load_lora_adapter"] = load
    pair.complete(adapter)
    path, body = pair.server.asked[0]
    assert (path, body) == (
        "/v1/load_lora_adapter",
        {"lora_name": "loop-0123456789ab", "lora_path": str(adapter.parent)},
    )
    assert pair.server.bodies[0]["model"] == "loop-0123456789ab"


def test_what_vllm_says_of_an_adapter_it_cannot_load_is_shown(tiny_hf: Path, stack: ExitStack, adapter: Path) -> None:
    pair = Pair(tiny_hf, stack, "vllm")
    pair.server.posts["/v1/load_lora_adapter"] = lambda handler, body: handler.reply(
        400, {"message": "LoRA rank 32 is greater than max_lora_rank 16"}
    )
    with pytest.raises(EngineError, match="LoRA rank 32 is greater"):
        pair.complete(adapter)


def test_llama_server_is_told_the_adapter_with_each_request(tiny_hf: Path, stack: ExitStack, adapter: Path) -> None:
    pair = Pair(tiny_hf, stack, "llama-server")
    pair.server.pages["/lora-adapters"] = [
        {"id": 0, "path": "/there/ffffffffffff/adapter.gguf", "scale": 1.0},
        {"id": 1, "path": f"/there/{adapter.parent.name}/adapter.gguf", "scale": 1.0},
    ]
    pair.complete()
    pair.complete(adapter)
    off, on = ({"id": 0, "scale": 0.0}, {"id": 1, "scale": 0.0}), ({"id": 0, "scale": 0.0}, {"id": 1, "scale": 1.0})
    assert [body["lora"] for body in pair.server.bodies] == [list(off), list(on)]
    pair.server.pages["/lora-adapters"] = []
    with pytest.raises(EngineError, match="it serves no adapter") as caught:
        pair.complete(adapter)
    assert "--lora" in caught.value.fix


def test_an_adapter_that_is_gone_is_an_error(tiny_hf: Path, stack: ExitStack, tmp_path: Path) -> None:
    pair = Pair(tiny_hf, stack, "vllm")
    with pytest.raises(EngineError, match="no adapter at"):
        pair.complete(tmp_path / "gone" / "adapter.gguf")


@pytest.mark.parametrize("document", [{"models": []}, [], {"data": [{"name": "x"}]}, {"data": None}])
def test_a_list_of_models_in_another_form_is_an_error(tiny_hf: Path, stack: ExitStack, document: Any) -> None:
    pair = Pair(tiny_hf, stack, "other")
    pair.server.pages["/v1/models"] = document
    with pytest.raises(EngineError, match="lists no models in OpenAI's form"):
        pair.complete()
    assert not pair.server.bodies
