"""Opening the store. One DuckDB process that writes excludes every other, readers too, so: open late, close soon.

`Store.read()` and `Store.write()` give a connection for a short moment and retry for a bounded time when another
process has the file. Nothing samples, grades or trains inside them.
"""

from __future__ import annotations

import errno
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from loop.errors import StoreError
from loop.store import schema

if TYPE_CHECKING:
    import duckdb

# No extension is ever fetched or loaded behind the user's back: the store works on an air-gapped host.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # DuckDB would take four fifths of the machine, on which models are loaded too; what does not fit goes to the disk
    # beside the store.
    "memory_limit": "4GB",
}

# DuckDB refuses a second connection of another mode to the same file within a process.
_in_process: dict[Path, threading.Lock] = {}
_registering = threading.Lock()


class Store:
    """The DuckDB file at `path`, made and migrated on the first write. `patience` seconds are spent on a held lock."""

    def __init__(self, path: Path, *, patience: float = 10.0) -> None:
        self.path = path
        self.patience = patience
        self._checked = False
        self._kept: duckdb.DuckDBPyConnection | None = None  # of `kept_open`, with the thread that it serves
        self._keeper = 0
        self._let_go: Callable[[], None] = lambda: None
        with _registering:
            self._lock = _in_process.setdefault(path.absolute(), threading.Lock())

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection. A store that is not there yet reads as an empty one. Raises StoreError."""
        import duckdb

        if self._kept is not None and self._keeper == threading.get_ident():
            with self._explaining():
                yield self._kept
            return
        if not self.path.exists():
            empty = duckdb.connect(":memory:", config=CONFIG)
            try:
                schema.migrate(empty)
                yield empty
            finally:
                empty.close()
            return
        if not self._checked:
            with self._connected(read_only=True) as connection:
                if schema.applied(connection) == schema.VERSION:  # nearly always: a second opening would cost 20 ms
                    self._checked = True
                    yield connection
                    return
            self._prepare()
        with self._connected(read_only=True) as connection:
            yield connection

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """For commands that read much and hardly write: this thread's reads share one connection (opening one takes
        20 ms) until it writes, and open one each again after that."""
        with ExitStack() as stack:
            self._kept, self._keeper = stack.enter_context(self.read()), threading.get_ident()
            self._let_go = stack.pop_all().close
        try:
            yield
        finally:
            self._release()

    def _release(self) -> None:
        if self._kept is not None:
            self._kept = None
            self._let_go()

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection inside one transaction, committed at the end, rolled back on an exception. Raises StoreError."""
        self._release()
        self._prepare()
        with self._connected(read_only=False) as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def migrate(self) -> Path | None:
        """Brings the file to this program's schema; the backup's path if it was upgraded. Raises StoreError."""
        found = self.version()
        if found > schema.VERSION:
            raise StoreError(
                f"the store {self.path} has schema {found}, newer than this program's {schema.VERSION}",
                fix="use the newer version of loop that wrote it, or another LOOP_HOME",
            )
        if found == schema.VERSION:
            return None
        backup = self._copy(f"schema-{found}") if found else None
        with self._connected(read_only=False) as connection:
            schema.migrate(connection)
        return backup

    def _prepare(self) -> None:
        if not self._checked or not self.path.exists():
            self.migrate()
            self._checked = True

    def version(self) -> int:
        """The file's schema version, whatever it is; 0 when there is no file. Raises StoreError."""
        if not self.path.exists():
            return 0
        with self._connected(read_only=True) as connection:
            return schema.applied(connection)

    def back_up(self, name: str) -> Path:
        """A copy of the file beside it, <file>.<name>.bak. Raises StoreError, also when there is no store."""
        if not self.path.exists():
            raise StoreError(f"there is no store at {self.path}", fix="`loop run` makes one; LOOP_HOME says where")
        return self._copy(name)

    def _copy(self, name: str) -> Path:
        """Copies the file while it is held, so that no other process writes during the copy."""
        backup = self.path.with_name(f"{self.path.name}.{name}.bak")
        with self._connected(read_only=False) as connection:
            connection.execute("CHECKPOINT")
            try:
                shutil.copy2(self.path, backup)
            except OSError as error:
                raise StoreError(
                    f"the store could not be backed up to {backup}: {error.strerror or error}", fix="free disk space"
                ) from error
        return backup

    @contextmanager
    def _connected(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        if not self._lock.acquire(timeout=self.patience):
            raise StoreError(f"the store {self.path} is in use by another thread of this process", fix="try again")
        try:
            connection = self._connect(read_only)
            try:
                with self._explaining():
                    yield connection
            finally:
                connection.close()
        finally:
            self._lock.release()

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except (duckdb.IOException, duckdb.FatalException, duckdb.InternalException) as error:
            raise self._explained(error) from error
        except duckdb.Error as error:
            if re.search("corrupt|No space left", str(error), re.IGNORECASE):
                raise self._explained(error) from error
            raise

    def _connect(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        import duckdb

        deadline = time.monotonic() + self.patience
        pause = 0.02
        while True:
            try:
                return duckdb.connect(str(self.path), read_only=read_only, config=CONFIG)
            except duckdb.Error as error:
                if "Could not set lock" not in str(error) or time.monotonic() + pause > deadline:
                    raise self._explained(error) from error
            time.sleep(pause)
            pause = min(0.5, pause * 1.5)

    def _explained(self, error: Exception) -> StoreError:
        """DuckDB's error as one that says what to do."""
        text = str(error)
        if "Could not set lock" in text:
            holder = re.search(r"held in (.*?) \(PID (\d+)\)", text)
            who = f" by process {holder.group(2)} ({Path(holder.group(1)).name})" if holder else ""
            return StoreError(
                f"the store {self.path} is held{who}; waited {self.patience:.0f} s",
                fix="wait for it to end, or end it, and run the command again: nothing is lost",
            )
        if "No space left" in text or f"errno {errno.ENOSPC}" in text:
            return StoreError(f"no space left for the store {self.path}", fix="free disk space and run it again")
        if "not a valid DuckDB database" in text or "orrupt" in text:
            backups = sorted(self.path.parent.glob(f"{self.path.name}.*.bak"))
            fix = f"put back {backups[-1].name}" if backups else "move the file away; `loop run` starts a new one"
            return StoreError(f"the store {self.path} is damaged or not a DuckDB file", fix=fix)
        if "Permission denied" in text or "read-only" in text.lower():
            return StoreError(f"the store {self.path} cannot be written", fix="check its owner and permissions")
        return StoreError(f"the store {self.path} failed: {text.splitlines()[0]}", fix="run `loop doctor`")
