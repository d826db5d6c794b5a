"""What the server has loaded, and under which name: looked up before anything is sampled.

llama_cpp.server answers with another model when it does not know the name, so a name is never taken on trust.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loop.errors import EngineError
from loop.inference.server.address import Address, digits
from loop.inference.server.dialects import KNOWN, Dialect, recognise
from loop.inference.server.http import Client, ServerError

_SHOWN = 12  # names in an error
_VLLM_GRAMMAR = "0.11"  # the first whose structured_outputs take a grammar; older ones pass the field over


@dataclass(frozen=True)
class Served:
    """One entry of GET /v1/models. context: tokens a sequence may hold there, 0 where the server does not tell."""

    name: str
    owner: str
    context: int


@dataclass(frozen=True)
class Target:
    """What requests are sent to: `model` by name, `fields` that choose the adapter where the name does not."""

    dialect: Dialect
    model: str
    context: int
    fields: Mapping[str, Any]


async def find(client: Client, address: Address, adapter: Path | None) -> Target:
    """Raises EngineError that names what is served when it is not the base, or not the adapter."""
    served = await list_served(client)
    dialect = recognise(one.owner for one in served) if address.kind == "auto" else KNOWN[address.kind]
    base = _named(served, address.model)
    if base is None:
        raise EngineError(
            f"{client.shown} serves no model '{address.model}'; it serves {_listed(served)}",
            fix="start it with that name (vLLM --served-model-name, llama-server --alias, llama_cpp.server "
            "--model_alias, ollama create), or set engine.model to the base's name there",
        )
    if dialect.name == "llama-server":
        return Target(dialect, base.name, base.context, await _lora_fields(client, dialect, adapter))
    if adapter is None:
        return Target(dialect, base.name, base.context, {})
    name = address.adapter_name(adapter)
    found, refusal = _named(served, name), ""
    if found is None and dialect.name == "vllm":
        refusal = await _load(client, name, adapter)
        found = _named(await list_served(client), name)
    if found is None:
        raise _not_loaded(client, dialect, name, adapter, _listed(served) + refusal)
    return Target(dialect, found.name, found.context or base.context, {})


async def list_served(client: Client) -> list[Served]:
    """GET /v1/models; of llama-server with a model's aliases. Raises EngineError."""
    document = await client.get("/models")
    try:
        rows = document["data"]
        return [
            Served(str(name), str(row.get("owned_by", "")), _context(row))
            for row in rows
            for name in (row["id"], *(row.get("aliases") or ()))
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise EngineError(
            f"{client.shown}/models lists no models in OpenAI's form ({type(error).__name__} {error})",
            fix="engine.url must be the address of an OpenAI-compatible server, up to and with /v1",
        ) from error


async def require_grammar(client: Client, dialect: Dialect) -> None:
    """Raises EngineError for a vLLM that would pass a grammar over in silence."""
    if dialect.name != "vllm":
        return
    from packaging.version import InvalidVersion, Version

    document = await client.get("/version", root=True)
    version = document.get("version", "") if isinstance(document, dict) else ""
    with contextlib.suppress(InvalidVersion):
        if Version(version).release >= Version(_VLLM_GRAMMAR).release:
            return
    raise EngineError(
        f"{client.shown} is vLLM {version or 'of an unknown version'}, and grammars need {_VLLM_GRAMMAR} or later",
        fix="install a later vLLM, or use llama-server",
    )


def _named(served: Sequence[Served], name: str) -> Served | None:
    """Ollama lists a model made without a tag as NAME:latest."""
    return next((one for one in served if one.name in (name, f"{name}:latest")), None)


def _context(row: Mapping[str, Any]) -> int:
    """vLLM says max_model_len, llama-server the context of a slot."""
    told = row.get("max_model_len") or (row.get("meta") or {}).get("n_ctx")
    return told if isinstance(told, int) else 0


async def _lora_fields(client: Client, dialect: Dialect, adapter: Path | None) -> dict[str, Any]:
    """The scales of all adapters that llama-server has loaded: 1 for the wanted one, 0 for the others. They are told
    by the path they were loaded from, in which the adapter's sha256 must stand."""
    loaded = await client.get("/lora-adapters", root=True)
    paths = {int(row["id"]): str(row["path"]) for row in loaded}
    wanted = digits(adapter) if adapter is not None else None
    chosen = next((number for number, path in paths.items() if wanted is not None and wanted in path), None)
    if adapter is not None and chosen is None:
        raise _not_loaded(client, dialect, digits(adapter), adapter, ", ".join(paths.values()) or "no adapter")
    scales = [{"id": number, "scale": 1.0 if number == chosen else 0.0} for number in paths]
    return {"lora": scales} if scales else {}


async def _load(client: Client, name: str, adapter: Path) -> str:
    """Asks vLLM for the adapter. One that does not allow it, or does not see the folder, answers 404: that is returned,
    for the caller's error. One that refuses this adapter says why."""
    try:
        await client.tell("/load_lora_adapter", {"lora_name": name, "lora_path": str(adapter.resolve().parent)})
    except ServerError as error:
        if error.status != 404:
            raise
        return f", and could not be asked for it: {error.message}"
    return ""


def _not_loaded(client: Client, dialect: Dialect, name: str, adapter: Path, served: str) -> EngineError:
    place = adapter.parent if dialect.name == "vllm" else adapter
    return EngineError(
        f"{client.shown} has not loaded the adapter {name} ({place}); it serves {served}", fix=dialect.load
    )


def _listed(served: Sequence[Served]) -> str:
    names = [one.name for one in served]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (", ".join(names[:_SHOWN]) or "nothing") + more
