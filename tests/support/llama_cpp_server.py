"""A real `python -m llama_cpp.server` on this machine, for as long as a test wants it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 120
FLOAT32 = 0  # GGML_TYPE_F32: the cache that the in-process engine gives float32 weights


@contextmanager
def llama_cpp_server(gguf: Path, models: Mapping[str, Path | None], scratch: Path, context: int) -> Iterator[str]:
    """Its url. models: name -> adapter or None, all on the same base, of which it keeps one loaded at a time."""
    port = free_port()
    common: dict[str, Any] = {
        "model": str(gguf),
        "n_ctx": context,
        "n_threads": 1,
        "n_threads_batch": 1,
        "type_k": FLOAT32,
        "type_v": FLOAT32,
        "verbose": False,
    }
    rows = [
        {**common, "model_alias": name, **({"lora_path": str(adapter)} if adapter else {})}
        for name, adapter in models.items()
    ]
    config = scratch / "server.json"
    config.write_text(json.dumps({"host": "127.0.0.1", "port": port, "models": rows}))
    log = scratch / "server.log"
    command = [sys.executable, "-m", "llama_cpp.server", "--config_file", str(config)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=scratch)
    url = f"http://127.0.0.1:{port}/v1"
    try:
        _wait(process, url, log)
        yield url
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with direct.open(f"{url}/models", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"llama_cpp.server did not start:\n{log.read_text(errors='replace')[-2000:]}")
