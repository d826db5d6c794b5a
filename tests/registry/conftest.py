from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from loop.registry import Registry, weights

STAGE = "implementation"


@dataclass
class Place:
    """A home with a registry in it, and adapters made on demand."""

    root: Path

    @property
    def path(self) -> Path:
        return self.root / "registry"

    @property
    def adapters(self) -> Path:
        return self.root / "adapters"

    def adapter(self, number: int) -> str:
        trained = self.root / f"trained-{number}"
        trained.mkdir(exist_ok=True)
        (trained / "adapter.gguf").write_bytes(b"GGUF weights %d" % number)
        (trained / "metrics.json").write_text("{}")
        return weights.install(trained, self.adapters)

    def open(self) -> Registry:
        return Registry.open(self.path, self.adapters)

    def promote(self, number: int, **extra: str) -> str:
        return self.open().promote(STAGE, self.adapter(number), {"number": number}, **extra).version


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def git(place: Place) -> Callable[..., str]:
    """Plain git in the registry, as a person would run it."""
    import subprocess

    def run(*args: str) -> str:
        done = subprocess.run(["git", "-C", str(place.path), *args], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    return run
