"""What the registry keeps: versions and challengers (one file each), aliases (who serves), events (one commit each)."""

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
class Challenger:
    """An adapter as it was when the gate last judged it. decision: as in the event that recorded it."""

    stage: str
    adapter_sha256: str
    created: str
    manifest: dict[str, Any] = field(default_factory=dict)
    decision: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Aliases:
    """Who is who at one stage. champion: the version in service; previous: what served before the last change; "base"
    where that is the base. challenger: the adapter last judged, until it serves; "" for none."""

    champion: str = BASE
    previous: str = BASE
    challenger: str = ""


@dataclass(frozen=True)
class Event:
    """One promotion, rollback or challenge. version and adapter_sha256: what serves since then ("base" for no adapter).

    A challenge changes nothing in service: its adapter_sha256 is the adapter that was judged, its version is "", and
    previous is the champion beside which it was. decision: the outcome of the gate, the decision's id and main figures.
    reason: why somebody rolled back.
    """

    stage: str
    action: Literal["promote", "rollback", "challenge"]
    version: str
    adapter_sha256: str
    previous: str
    tag: str
    created: str
    forced_reason: str = ""
    commit: str = ""
    reason: str = ""
    decision: dict[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The commit's message: a line for people, the reason if there is one, the event itself as a trailer."""
        forced = f"FORCED against the gate: {self.forced_reason}\n\n" if self.forced_reason else ""
        reason = f"{self.reason}\n\n" if self.reason else ""
        data = {key: value for key, value in asdict(self).items() if key != "commit"}
        for key in ("reason", "decision"):  # left out when empty, as in registries from before there were any
            if not data[key]:
                del data[key]
        trailer = json.dumps(data, sort_keys=True, allow_nan=False)
        return f"{self._headline}\n\n{forced}{reason}{EVENT_TRAILER}{trailer}\n"

    @property
    def _headline(self) -> str:
        if self.action == "challenge":
            return f"{self.stage}: challenge by {self.adapter_sha256[:12]}, {self.decision['outcome']}"
        what = f"{self.stage}: {self.action} {'to ' if self.action == 'rollback' else ''}{self.version}"
        adapter = "" if self.version == BASE else f" ({self.adapter_sha256[:12]})"
        return f"{what}{adapter}, was {self.previous}"


def event_of(message: str, commit: str) -> Event | None:
    """The event that a commit records; None when it records none. Raises ValueError or TypeError on a broken one."""
    line = message.rstrip().rpartition("\n")[2]
    if not line.startswith(EVENT_TRAILER):
        return None
    return Event(**{**json.loads(line.removeprefix(EVENT_TRAILER)), "commit": commit})


def version_path(stage: str, version: str) -> str:
    return f"versions/{stage}/{version}.json"


def card_path(stage: str, version: str) -> str:
    return f"cards/{stage}/{version}.md"


def challenger_path(stage: str, adapter_sha256: str) -> str:
    return f"challengers/{stage}/{adapter_sha256}.json"


def alias_path(stage: str) -> str:
    return f"aliases/{stage}.json"


def alias_document(aliases: Aliases) -> bytes:
    """null where the base is meant, or no challenger."""
    return document({name: None if value in (BASE, "") else value for name, value in asdict(aliases).items()})


def aliases_of(data: dict[str, Any]) -> Aliases:
    """Inverse of `alias_document`; a file from before there were challengers has none. Raises KeyError, ValueError."""
    challenger = data.get("challenger") or ""
    if challenger and not _SHA256.fullmatch(challenger):
        raise ValueError(f"'{challenger}' is no adapter")
    return Aliases(data["champion"] or BASE, data.get("previous") or BASE, challenger)


def version_document(version: Version) -> bytes:
    """The file of a version. Its commit is not in it: no file can hold the hash of the commit that adds it."""
    return plain_document({key: value for key, value in asdict(version).items() if key != "commit"})


def plain_document(data: dict[str, Any]) -> bytes:
    """A file that holds a manifest given from outside. Raises UsageError when that is not plain JSON."""
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
