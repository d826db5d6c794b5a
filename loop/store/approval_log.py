"""What people answered to proposed promotions: an append-only JSONL file beside the store.

Whoever waits for an answer holds the home, and only one process can write to DuckDB: an answer must not need either. So
it is a line here, durable when `append` returns, and whoever holds the home takes it into the store. Lines are never
removed, and the first one for a proposal counts, so that taking them in again changes nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from loop.errors import StoreError


@dataclass(frozen=True)
class Reply:
    """One person's word on one proposal. by: "cli NAME" or "prefect". at: when, with its time zone."""

    proposal: str
    approve: bool
    by: str
    reason: str
    at: datetime


def append(path: Path, reply: Reply) -> None:
    """One line, on the disk when this returns. Raises StoreError."""
    line = json.dumps({**asdict(reply), "at": reply.at.isoformat()}) + "\n"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            end = _whole(descriptor)
            if os.write(descriptor, line.encode()) < len(line.encode()):
                os.ftruncate(descriptor, end)
                raise OSError("the disk is full")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StoreError(
            f"the answer could not be written to {path}: {error.strerror or error}",
            fix="check the disk and its permissions, and answer again",
        ) from error


def _whole(descriptor: int) -> int:
    """Cuts off a line whose writer died within it (it was never acknowledged); the file's length."""
    data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    end = data.rfind(b"\n") + 1
    if end < len(data):
        os.ftruncate(descriptor, end)
    return end


def replies(path: Path) -> dict[str, Reply]:
    """Proposal -> the first word on it. Raises StoreError on a damaged line."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}", fix="check its permissions") from error
    found: dict[str, Reply] = {}
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            reply = Reply(**{**row, "at": datetime.fromisoformat(row["at"])})
        except (ValueError, TypeError, KeyError) as error:
            raise StoreError(
                f"line {number} of {path} is damaged", fix="delete that line and answer again: `loop approve`"
            ) from error
        found.setdefault(reply.proposal, reply)
    return found
