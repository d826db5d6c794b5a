"""Base models by name: where they lie, whether they are intact, and the GGUF that the engine runs.

`micro` comes with the package. The others are too large for that: a directory under $LOOP_MODELS holds them, copied
there by whoever runs this. Nothing here reaches for a network.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from loop.errors import ModelError
from loop.home import Home
from loop.inference.chat import ChatStyle
from loop.models.digests import check_manifest, content_sha256, file_sha256, read_json, write_json
from loop.models.gguf_base import FTYPES, WRITER_VERSION, FType, load_config, write_base_gguf
from loop.models.quantize import quantize
from loop.models.safetensors_file import open_weights, weight_files
from loop.models.shapes import SHAPES

MICRO = "micro"
MICRO_DIR = Path(__file__).parent / "micro"
# name -> what it is upstream and what it is for
EXTERNAL = {
    "qwen3-0.6b": ("Qwen/Qwen3-0.6B", "binary judgments"),
    "qwen3-1.7b": ("Qwen/Qwen3-1.7B", "primary, all roles"),
    "qwen3-4b": ("Qwen/Qwen3-4B", "baseline to compare with"),
    "qwen2.5-coder-3b": ("Qwen/Qwen2.5-Coder-3B-Instruct", "baseline to compare with"),
}
FILES = ("config.json", "tokenizer.json", "tokenizer_config.json")
SMALL = 64 << 20  # bytes of weights up to which the GGUF is float32: as fast there, and the closest to the trainer


@dataclass(frozen=True)
class BaseModel:
    """A frozen base. sha256: over the contents of its config, tokenizer and weights, wherever they lie.

    gguf: what the engine runs, at the quantization asked for. The trainer reads the weights in `hf_dir`, always as
    they are stored: one identity, one training, however the engine runs it.
    """

    name: str
    hf_dir: Path
    gguf: Path
    sha256: str


class KnownModel(TypedDict):
    name: str
    here: bool
    source: str
    use: str
    path: str


def known() -> list[KnownModel]:
    """The names `resolve` understands (besides any directory), and whether their weights are here."""
    here = (MICRO_DIR / "model.safetensors").is_file()
    rows = [KnownModel(name=MICRO, here=here, source="this package", use="CI, trying it out", path=str(MICRO_DIR))]
    for name, (source, use) in EXTERNAL.items():
        found = _find(name)
        rows.append(KnownModel(name=name, here=found is not None, source=source, use=use, path=str(found or "")))
    return rows


def resolve(base: str, home: Home, *, quantization: str = "auto") -> BaseModel:
    """The model called `base`, or in the directory `base`, with its GGUF made on first use.

    quantization: the type of the GGUF's weights; "auto": see `choose_ftype`. Whether it should be allowed for a model
    of this size is the router's business. A model with a MANIFEST.json is checked against it.
    Raises ModelError: files missing, corrupt or not supported.
    """
    return _resolve(base, home, quantization, trust=True)


def verify(name: str, home: Home) -> BaseModel:
    """Like `resolve`, but hashes every byte again, the GGUF's too. Raises ModelError."""
    return _resolve(name, home, "auto", trust=False)


def _resolve(base: str, home: Home, quantization: str, *, trust: bool) -> BaseModel:
    directory = locate(base)
    _require_files(directory)
    check_manifest(directory, fix=_repair(directory))
    files = [directory / name for name in FILES] + weight_files(directory)
    sha256 = content_sha256(files, cache=home.cache / "digests.json" if trust else None)
    gguf = _gguf(directory, home, sha256, quantization, trust=trust)
    return BaseModel(base if base in (MICRO, *EXTERNAL) else directory.name, directory, gguf, sha256)


def locate(base: str) -> Path:
    """The directory of the model called `base`. Raises ModelError that says where to put it."""
    if base == MICRO:
        return MICRO_DIR
    if base in EXTERNAL:
        found = _find(base)
        if found is not None:
            return found
        source, _ = EXTERNAL[base]
        root = os.environ.get("LOOP_MODELS")
        where = f"{root}/{base}" if root else f"DIR/{base} and set LOOP_MODELS=DIR"
        raise ModelError(
            f"the weights of {base} are not on this machine",
            fix=f"copy {source} (Hugging Face layout: config.json, *.safetensors, tokenizer*.json) to {where}",
        )
    if Path(base).is_dir():
        return Path(base).absolute()
    names = ", ".join((MICRO, *EXTERNAL))
    raise ModelError(f"no model '{base}'", fix=f"choose one of {names}, or give a directory in Hugging Face layout")


def describe(base: str) -> dict[str, Any]:
    """The config.json of the model called `base`; of a known one it is told without its weights, too.

    Raises ModelError for a name that is neither known nor a directory.
    """
    if base in EXTERNAL and _find(base) is None:
        return SHAPES[base].config()
    return load_config(locate(base))


def chat_style(config: dict[str, Any]) -> ChatStyle:
    """How a model with this config.json is spoken to."""
    return "qwen3" if config["model_type"] == "qwen3" else "qwen2"


def _find(name: str) -> Path | None:
    root = os.environ.get("LOOP_MODELS")
    if not root:
        return None
    upstream = EXTERNAL[name][0].split("/")[-1]
    candidates = [Path(root).absolute() / directory for directory in (name, upstream)]
    return next((path for path in candidates if (path / "config.json").is_file()), None)


def _require_files(directory: Path) -> None:
    missing = [name for name in FILES if not (directory / name).is_file()]
    if missing:
        raise ModelError(f"model {directory}: {', '.join(missing)} missing", fix=_repair(directory))
    weight_files(directory)


def _repair(directory: Path) -> str:
    if directory == MICRO_DIR:
        return "restore loop/models/micro (git checkout -- loop/models/micro, or install the package again)"
    return f"copy the model's files to {directory} again"


def _gguf(directory: Path, home: Home, sha256: str, quantization: str, *, trust: bool) -> Path:
    """home.models/<content hash>-<type>.gguf, with its own hash beside it; made again when that does not match.

    llama.cpp quantizes the GGUF of the stored type, which is kept too; Q8_0 is written without that detour.
    """
    stored = choose_ftype(directory)
    kind = stored if quantization == "auto" else quantization
    gguf = home.models / f"{sha256[:24]}-{kind}-w{WRITER_VERSION}.gguf"
    seal = gguf.with_suffix(".json")
    noted = read_json(seal)
    if gguf.is_file() and noted.get("size") == gguf.stat().st_size:
        if trust and gguf.stat().st_size > SMALL * 2:
            return gguf
        if noted.get("sha256") == file_sha256(gguf):
            return gguf
    written = next((ftype for ftype in FTYPES if ftype == kind), None)
    if written is not None:
        write_base_gguf(directory, gguf, ftype=written)
    else:
        quantize(_gguf(directory, home, sha256, "auto", trust=trust), gguf, kind)
    write_json(seal, {"size": gguf.stat().st_size, "sha256": file_sha256(gguf), "source": str(directory)})
    return gguf


def choose_ftype(directory: Path) -> FType:
    """float32 for a small model; a large one keeps the type its weights are stored in (float32 becomes float16)."""
    tensors = open_weights(directory).values()
    if sum(tensor.end - tensor.start for tensor in tensors) <= SMALL:
        return "f32"
    return "bf16" if any(tensor.dtype == "BF16" for tensor in tensors) else "f16"
