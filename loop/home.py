"""LOOP_HOME: everything that a run leaves behind, in one place."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from loop.errors import HomeError

LEAST_FREE = 64 << 20  # bytes: a cycle of the micro model leaves about 30 MiB, and a full disk ends it half-way


@dataclass(frozen=True)
class Home:
    """Paths under LOOP_HOME. Directories are made on first use by `open_home`."""

    root: Path

    @property
    def store(self) -> Path:
        return self.root / "loop.duckdb"

    @property
    def approvals(self) -> Path:
        """What people answered to proposed promotions, a line each (`loop.store.approval_log`)."""
        return self.root / "approvals.jsonl"

    @property
    def registry(self) -> Path:
        """Git repository: manifests only."""
        return self.root / "registry"

    @property
    def adapters(self) -> Path:
        """Content-addressed: adapters/<sha256 of the GGUF>/adapter.gguf, adapter_model.safetensors, ..."""
        return self.root / "adapters"

    @property
    def models(self) -> Path:
        """GGUF files made from base models, named by the hash of what they were made from."""
        return self.root / "models"

    @property
    def datasets(self) -> Path:
        """datasets/<manifest sha256>.jsonl"""
        return self.root / "datasets"

    @property
    def snapshots(self) -> Path:
        """The store as Parquet, a directory a finished cycle; `latest` is a link to the newest."""
        return self.root / "snapshots"

    @property
    def cache(self) -> Path:
        """Rebuildable: compiled drivers, canary results."""
        return self.root / "cache"

    @property
    def scratch(self) -> Path:
        """Unfinished work (checkpoints, temporary files); safe to delete when nothing runs."""
        return self.root / "scratch"

    @property
    def lock(self) -> Path:
        """Held (flock) by the process that runs a cycle."""
        return self.root / "run.lock"


def default_root() -> Path:
    """$LOOP_HOME, else ./state."""
    return Path(os.environ.get("LOOP_HOME", "state")).absolute()


def open_home(root: Path | None = None, *, write: bool = True) -> Home:
    """The home, with its directories made when `write`. Raises HomeError when it cannot be written."""
    home = Home(root or default_root())
    if not write:
        return home
    try:
        for path in (home.root, home.adapters, home.models, home.datasets, home.cache, home.scratch):
            path.mkdir(parents=True, exist_ok=True)
        probe = home.root / f".write-probe-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
        free = shutil.disk_usage(home.root).free
    except OSError as error:
        raise HomeError(
            f"LOOP_HOME {home.root} cannot be written: {error.strerror or error}",
            fix="make it writable, free disk space, or set LOOP_HOME to another directory",
        ) from error
    if free < LEAST_FREE:
        raise HomeError(
            f"LOOP_HOME {home.root} has {free >> 20} MiB left, and a cycle wants {LEAST_FREE >> 20}",
            fix="free disk space, or set LOOP_HOME to another disk",
        )
    return home
