"""Real servers on this machine, for as long as a test wants them: llama_cpp.server, and llama-server where it is."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 120
FLOAT32 = 0  # GGML_TYPE_F32: the cache that the in-process engine gives float32 weights
SLOTS = 4
Models = Mapping[str, Path | None]
"""Name -> adapter or None, all on the same base."""


@contextmanager
def llama_cpp_server(gguf: Path, models: Models, scratch: Path, context: int) -> Iterator[str]:
    """Its url. It keeps one of the models loaded at a time."""
    port = free_port()
    common: dict[str, Any] = {"model": str(gguf), "n_ctx": context, "n_threads": 1, "n_threads_batch": 1}
    common |= {"type_k": FLOAT32, "type_v": FLOAT32, "verbose": False}
    rows = [
        {**common, "model_alias": name, **({"lora_path": str(adapter)} if adapter else {})}
        for name, adapter in models.items()
    ]
    config = scratch / "server.json"
    config.write_text(json.dumps({"host": "127.0.0.1", "port": port, "models": rows}))
    with _running([sys.executable, "-m", "llama_cpp.server", "--config_file", str(config)], port, scratch) as url:
        yield url


@contextmanager
def llama_server(gguf: Path, models: Models, scratch: Path, context: int) -> Iterator[str]:
    """Its url. The base has the name of the model without adapter; adapters are told by their paths."""
    port, program = free_port(), shutil.which("llama-server")
    assert program is not None
    (base,) = [name for name, adapter in models.items() if adapter is None]
    command = [program, "-m", str(gguf), "--alias", base, "--host", "127.0.0.1", "--port", str(port), "--offline"]
    command += ["-np", str(SLOTS), "-c", str(SLOTS * context), "-t", "1", "-fa", "off", "-ctk", "f32", "-ctv", "f32"]
    adapters = [str(adapter) for adapter in models.values() if adapter is not None]
    with _running([*command, *(["--lora", ",".join(adapters)] if adapters else [])], port, scratch) as url:
        yield url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: Sequence[str], port: int, scratch: Path) -> Iterator[str]:
    log = scratch / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=scratch)
    url = f"http://127.0.0.1:{port}/v1"
    try:
        _wait(process, url, log)
        yield url
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with direct.open(f"{url}/models", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{process.args} did not start:\n{log.read_text(errors='replace')[-2000:]}")
