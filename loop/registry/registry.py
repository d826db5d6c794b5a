"""The registry: which adapter is in service, what was before, and how to go back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loop.errors import HomeError, RegistryError, UsageError
from loop.registry import head, transaction, weights
from loop.registry.lock import RegistryBusy, exclusive
from loop.registry.records import (
    BASE,
    Event,
    Version,
    alias_path,
    check_sha256,
    check_stage,
    document,
    number,
    version_document,
    version_path,
)


class Registry:
    """A git repository of manifests. Reading changes nothing and takes no lock; a change is one commit and one tag."""

    def __init__(self, path: Path, adapters: Path) -> None:
        self._path, self._adapters = path, adapters
        self._snapshot = head.EMPTY

    @classmethod
    def open(cls, path: Path, adapters: Path) -> Registry:
        """The registry at `path`; the repository itself is made at the first promotion.

        What a killed process left undone is put right here, unless another process is writing or `path` is read-only:
        reading is right in either case, since it looks at the branch alone. Raises RegistryError when it is damaged.
        """
        registry = cls(path.absolute(), adapters.absolute())
        if registry._exists() and transaction.needs_repair(registry._path, registry._read().events):
            try:
                with registry._writing(patience=0.0):
                    pass
            except (HomeError, RegistryBusy):
                pass  # read-only, or being written right now: the view for people stays as it is
        return registry

    def champion(self, stage: str) -> Version | None:
        """The version in service; None: the base serves. Raises RegistryError when the registry is damaged."""
        snapshot = self._read()
        return snapshot.version(check_stage(stage), snapshot.champions.get(stage, BASE))

    def champions(self) -> dict[str, Version]:
        """Stage -> the version in service, without the stages that the base serves; one look at the repository."""
        snapshot = self._read()
        found = {stage: snapshot.version(stage, name) for stage, name in snapshot.champions.items()}
        return {stage: version for stage, version in found.items() if version is not None}

    def versions(self, stage: str) -> tuple[Version, ...]:
        """Every version ever promoted, oldest first."""
        return self._read().versions.get(check_stage(stage), ())

    def history(self, stage: str) -> tuple[Event, ...]:
        """Promotions and rollbacks, newest first."""
        check_stage(stage)
        return tuple(event for event in self._read().events if event.stage == stage)

    def promote(self, stage: str, adapter_sha256: str, manifest: dict[str, Any], *, forced_reason: str = "") -> Version:
        """Puts an adapter in service as the next version. `manifest`: plain JSON, kept with it.

        The weights are verified first; then comes one commit, and with it the change is made. Raises RegistryError when
        the weights are missing or damaged, when the adapter already serves, or when git fails.
        """
        check_sha256(check_stage(stage) and adapter_sha256)
        weights.locate(self._adapters, adapter_sha256)
        transaction.reached("weights")
        with self._writing() as snapshot:
            before = snapshot.champions.get(stage, BASE)
            serving = snapshot.version(stage, before)
            if serving is not None and serving.adapter_sha256 == adapter_sha256:
                raise RegistryError(
                    f"adapter {adapter_sha256[:12]} already serves {stage} as {before}", fix="nothing is to be done"
                )
            version = Version(
                stage=stage,
                version=f"v{self._last_number(snapshot, stage) + 1}",
                adapter_sha256=adapter_sha256,
                commit="",
                created=_now(),
                manifest=manifest,
                replaced=before,
                forced_reason=_one_line(forced_reason),
            )
            event = Event(
                stage=stage,
                action="promote",
                version=version.version,
                adapter_sha256=adapter_sha256,
                previous=before,
                tag=f"{stage}/{version.version}",
                created=version.created,
                forced_reason=version.forced_reason,
            )
            files = {
                version_path(stage, version.version): version_document(version),
                alias_path(stage): _alias(version.version, before),
            }
            commit = transaction.record(self._path, snapshot.commit, event, files)
        return replace(version, commit=commit)

    def rollback(self, stage: str, to: str | None = None) -> Version | None:
        """Puts a version back in service: `to` ("v2", "base"), else the one that the champion replaced. None: the base.

        Without `to`, each call goes one promotion further back, down to the base; a version just withdrawn comes back
        only by name. Raises UsageError for an unknown version; RegistryError when it serves already, when nothing is
        left to go back to, or when its weights are missing or damaged.
        """
        check_stage(stage)
        with self._writing() as snapshot:
            before = snapshot.champions.get(stage, BASE)
            serving = snapshot.version(stage, before)
            if to is None and serving is None:
                raise RegistryError(f"the base already serves {stage}", fix="name a version: loop rollback --to v1")
            wanted = to if to is not None else serving.replaced if serving is not None else BASE
            target = snapshot.version(stage, wanted)
            if target is None and wanted != BASE:
                known = ", ".join(v.version for v in snapshot.versions.get(stage, ())) or "none"
                raise UsageError(f"{stage} has no version '{wanted}'", fix=f"choose base or one of: {known}")
            if wanted == before:
                raise RegistryError(f"{wanted} already serves {stage}", fix="nothing is to be done")
            if target is not None:
                weights.locate(self._adapters, target.adapter_sha256)
                transaction.reached("weights")
            count = sum(event.stage == stage and event.action == "rollback" for event in snapshot.events)
            event = Event(
                stage=stage,
                action="rollback",
                version=wanted,
                adapter_sha256=target.adapter_sha256 if target is not None else BASE,
                previous=before,
                tag=f"{stage}/rollback-{count + 1}",
                created=_now(),
            )
            transaction.record(self._path, snapshot.commit, event, {alias_path(stage): _alias(wanted, before)})
        return target

    def _exists(self) -> bool:
        if (self._path / ".git").is_dir():
            return True
        if self._path.exists() and (not self._path.is_dir() or any(self._path.iterdir())):
            raise RegistryError(
                f"{self._path} exists and is no git repository", fix="move it away, or restore it from a backup"
            )
        return False

    def _read(self) -> head.Snapshot:
        if not self._exists():
            return head.EMPTY
        commit = head.tip(self._path)
        if commit != self._snapshot.commit:
            self._snapshot = head.load(self._path, commit)
        return self._snapshot

    @contextmanager
    def _writing(self, patience: float | None = None) -> Iterator[head.Snapshot]:
        """The lock, and the registry as it is now: made if need be, and whole."""
        with exclusive(self._path, patience=patience):
            if not self._exists():
                transaction.create(self._path)
            snapshot = self._read()
            if transaction.needs_repair(self._path, snapshot.events):
                transaction.repair(self._path, snapshot.events)
            yield snapshot

    @staticmethod
    def _last_number(snapshot: head.Snapshot, stage: str) -> int:
        """The highest version number ever given out: numbers are not used again, whatever became of a version."""
        given = [v.version for v in snapshot.versions.get(stage, ())]
        given += [e.version for e in snapshot.events if e.stage == stage and e.action == "promote"]
        return max((number(version) for version in given), default=0)


def _alias(champion: str, previous: str) -> bytes:
    return document({name: None if v == BASE else v for name, v in (("champion", champion), ("previous", previous))})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _one_line(text: str) -> str:
    return " ".join(text.split())
