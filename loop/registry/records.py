"""What the registry keeps: versions (one file each), aliases (who serves), events (one commit each)."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from loop.errors import UsageError

BASE = "base"  # stands where a version or an adapter would, when the frozen base serves
EVENT_TRAILER = "Loop-Event: "

_STAGE = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Version:
    """An adapter that was promoted. replaced: the version that served before it, or "base". created: ISO 8601."""

    stage: str
    version: str
    adapter_sha256: str
    commit: str
    created: str
    manifest: dict[str, Any] = field(default_factory=dict)
    replaced: str = BASE
    forced_reason: str = ""


@dataclass(frozen=True)
class Event:
    """One promotion or rollback. version and adapter_sha256: what serves since then ("base" for no adapter)."""

    stage: str
    action: Literal["promote", "rollback"]
    version: str
    adapter_sha256: str
    previous: str
    tag: str
    created: str
    forced_reason: str = ""
    commit: str = ""

    @property
    def message(self) -> str:
        """The commit's message: a line for people, the reason when forced, the event itself as a trailer."""
        what = f"{self.stage}: {self.action} {'to ' if self.action == 'rollback' else ''}{self.version}"
        adapter = "" if self.version == BASE else f" ({self.adapter_sha256[:12]})"
        forced = f"FORCED against the gate: {self.forced_reason}\n\n" if self.forced_reason else ""
        data = {key: value for key, value in asdict(self).items() if key != "commit"}
        return f"{what}{adapter}, was {self.previous}\n\n{forced}{EVENT_TRAILER}{json.dumps(data, sort_keys=True)}\n"


def event_of(message: str, commit: str) -> Event | None:
    """The event that a commit records; None when it records none. Raises ValueError or TypeError on a broken one."""
    line = message.rstrip().rpartition("\n")[2]
    if not line.startswith(EVENT_TRAILER):
        return None
    return Event(**{**json.loads(line.removeprefix(EVENT_TRAILER)), "commit": commit})


def version_path(stage: str, version: str) -> str:
    return f"versions/{stage}/{version}.json"


def alias_path(stage: str) -> str:
    return f"aliases/{stage}.json"


def version_document(version: Version) -> bytes:
    """The file of a version. Its commit is not in it: no file can hold the hash of the commit that adds it."""
    data = {key: value for key, value in asdict(version).items() if key != "commit"}
    try:
        return document(data)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"the manifest is not plain JSON: {error}", fix="pass strings, numbers, lists and dicts"
        ) from error


def document(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()


def number(version: str) -> int:
    """3 for "v3". Raises ValueError."""
    if not re.fullmatch(r"v[1-9][0-9]*", version):
        raise ValueError(f"'{version}' is no version")
    return int(version[1:])


def check_stage(stage: str) -> str:
    if not _STAGE.fullmatch(stage):
        raise UsageError(f"'{stage}' is no name of a stage", fix="use lower-case letters, digits, - and _")
    return stage


def check_sha256(adapter_sha256: str) -> str:
    if not _SHA256.fullmatch(adapter_sha256):
        raise UsageError(f"'{adapter_sha256}' is no SHA-256 of an adapter", fix="pass all 64 hex digits: loop log")
    return adapter_sha256
