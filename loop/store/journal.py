"""The journal: graded completions that are not in DuckDB yet.

Every graded completion is appended here at once (one unbuffered line), and goes into DuckDB with its batch. A killed
process therefore loses none: the next one replays what is left. DuckDB alone could not promise that, since a batch may
have to wait for another process's lock, and one transaction (26 ms) a completion would cost as much as the grading.
It stands beside the store like a write-ahead log, not in scratch/, which may be deleted when nothing runs.
"""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.errors import StoreError
from loop.store import write

if TYPE_CHECKING:
    from loop.store.db import Store

SYNC_SECONDS = 1.0  # a kill loses nothing; a power cut loses at most this much


class Journal:
    """An append-only JSONL file. One process writes it at a time: the holder of the home's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        self._synced = 0.0

    def append(self, row: dict[str, Any]) -> None:
        """One line, in the kernel's hands when this returns. Raises StoreError when the disk is full."""
        try:
            if self._file is None:
                self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            line = (json.dumps(row) + "\n").encode()
            if (written := os.write(self._file, line)) < len(line):
                os.ftruncate(self._file, os.fstat(self._file).st_size - written)  # half a line would spoil the next
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if time.monotonic() - self._synced > SYNC_SECONDS:
                os.fsync(self._file)
                self._synced = time.monotonic()
        except OSError as error:
            raise StoreError(
                f"the journal {self.path} cannot be written: {error.strerror or error}",
                fix="free disk space and run it again: what was graded so far is kept",
            ) from error

    def pending(self) -> list[dict[str, Any]]:
        """The rows in the file. A torn last line (the writer died within it) is dropped: it was never acknowledged."""
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")
        rows = []
        for number, line in enumerate(lines[:-1], start=1):
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise StoreError(
                    f"line {number} of the journal {self.path} is damaged", fix="delete that line and run it again"
                ) from error
        return rows

    def replay(self, store: Store) -> int:
        """Puts the rows that are left into the store and empties the file; how many there were. Raises StoreError.

        Dying between the two is harmless: rows are identified by content and go in once.
        """
        rows = self.pending()
        if rows:
            with store.write() as connection:
                write.insert_graded(connection, rows)
        self.clear()
        return len(rows)

    def clear(self) -> None:
        """Empties the file: its rows are in the store."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
