"""The registry: which adapter is in service, what was before, and how to go back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loop.errors import HomeError, RegistryError, UsageError
from loop.registry import head, transaction, weights
from loop.registry.alias_history import AliasChange, after, alias_changes
from loop.registry.card import card_text
from loop.registry.lock import RegistryBusy, exclusive
from loop.registry.records import (
    BASE,
    Aliases,
    Challenger,
    Event,
    Version,
    alias_document,
    alias_path,
    card_path,
    challenger_path,
    check_sha256,
    check_stage,
    plain_document,
    version_document,
    version_path,
)
from loop.registry.rules import known_version, last_number, refuse_serving, rollback_target


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
        return snapshot.version(check_stage(stage), snapshot.of(stage).champion)

    def champions(self) -> dict[str, Version]:
        """Stage -> the version in service, without the stages that the base serves; one look at the repository."""
        snapshot = self._read()
        found = {stage: snapshot.version(stage, names.champion) for stage, names in snapshot.aliases.items()}
        return {stage: version for stage, version in found.items() if version is not None}

    def versions(self, stage: str) -> tuple[Version, ...]:
        """Every version ever promoted, oldest first."""
        return self._read().versions.get(check_stage(stage), ())

    def aliases(self, stage: str) -> Aliases:
        """Champion, previous and challenger as they are now."""
        return self._read().of(check_stage(stage))

    def alias_history(self, stage: str) -> tuple[AliasChange, ...]:
        """When each alias came to point to what, and by which event; newest first."""
        return alias_changes(self._events(stage), self.versions(stage))

    def stages(self) -> tuple[str, ...]:
        """The stages of which anything is known, by name."""
        return tuple(sorted({event.stage for event in self._read().events}))

    def history(self, stage: str) -> tuple[Event, ...]:
        """Promotions and rollbacks, newest first."""
        return tuple(event for event in self._events(stage) if event.action != "challenge")

    def challengers(self, stage: str) -> tuple[Challenger, ...]:
        """Every adapter that was ever judged beside a champion, by sha256."""
        snapshot = self._read()
        return head.challengers(self._path, snapshot.commit, check_stage(stage)) if snapshot.commit else ()

    def card(self, stage: str, version: str) -> str:
        """A version's model card, as Markdown: the one of its commit, or, of a version from before there were cards,
        the one that its manifest gives. Raises UsageError for an unknown version."""
        snapshot = self._read()
        known = known_version(snapshot, check_stage(stage), version)
        return head.text(self._path, snapshot.commit, card_path(stage, version)) or card_text(known)

    def promote(self, stage: str, adapter_sha256: str, manifest: dict[str, Any], *, forced_reason: str = "") -> Version:
        """Puts an adapter in service as the next version. `manifest`: plain JSON, kept with it, and what its card says.

        The weights are verified first; then comes one commit, and with it the change is made. Raises RegistryError when
        the weights are missing or damaged, when the adapter already serves, or when git fails.
        """
        check_sha256(check_stage(stage) and adapter_sha256)
        weights.locate(self._adapters, adapter_sha256)
        transaction.reached("weights")
        with self._writing() as snapshot:
            names = snapshot.of(stage)
            refuse_serving(snapshot, stage, adapter_sha256)
            version = Version(
                stage=stage,
                version=f"v{last_number(snapshot, stage) + 1}",
                adapter_sha256=adapter_sha256,
                commit="",
                created=_now(),
                manifest=manifest,
                replaced=names.champion,
                forced_reason=_one_line(forced_reason),
            )
            event = Event(
                stage=stage,
                action="promote",
                version=version.version,
                adapter_sha256=adapter_sha256,
                previous=names.champion,
                tag=f"{stage}/{version.version}",
                created=version.created,
                forced_reason=version.forced_reason,
            )
            files = {
                version_path(stage, version.version): version_document(version),
                card_path(stage, version.version): card_text(version).encode(),
                alias_path(stage): alias_document(after(event, names)),
            }
            commit = transaction.record(self._path, snapshot.commit, event, files)
        return replace(version, commit=commit)

    def challenge(
        self, stage: str, adapter_sha256: str, manifest: dict[str, Any], *, decision: Mapping[str, Any]
    ) -> Event:
        """Makes an adapter that the gate has judged the challenger, and keeps its manifest; what serves stays.

        decision: plain JSON, the decision's `id`, the `outcome` and whatever figures are wanted. The same adapter with
        the same decision again changes nothing. Raises RegistryError when the adapter serves, or when its weights are
        missing or damaged; UsageError for a decision without id or outcome.
        """
        check_sha256(check_stage(stage) and adapter_sha256)
        if not decision.get("id") or not decision.get("outcome"):
            raise UsageError("a challenge is told with its decision", fix="pass the decision's id and its outcome")
        weights.locate(self._adapters, adapter_sha256)
        transaction.reached("weights")
        with self._writing() as snapshot:
            names = snapshot.of(stage)
            refuse_serving(snapshot, stage, adapter_sha256)
            told = [event for event in snapshot.events if event.stage == stage and event.action == "challenge"]
            if names.challenger == adapter_sha256 and told and told[0].decision.get("id") == decision["id"]:
                return told[0]
            event = Event(
                stage=stage,
                action="challenge",
                version="",
                adapter_sha256=adapter_sha256,
                previous=names.champion,
                tag=f"{stage}/challenge-{len(told) + 1}",
                created=_now(),
                decision=dict(decision),
            )
            judged = Challenger(stage, adapter_sha256, event.created, manifest, event.decision)
            files = {
                challenger_path(stage, adapter_sha256): plain_document(asdict(judged)),
                alias_path(stage): alias_document(after(event, names)),
            }
            return replace(event, commit=transaction.record(self._path, snapshot.commit, event, files))

    def rollback(self, stage: str, to: str | None = None, *, reason: str = "") -> Version | None:
        """Puts a version back in service: `to` ("v2", "base"), else the one that the champion replaced. None: the base.

        Without `to`, each call goes one promotion further back, down to the base; a version just withdrawn comes back
        only by name. `reason` stays in the history. Raises what `rollback_target` raises.
        """
        check_stage(stage)
        with self._writing() as snapshot:
            target = rollback_target(snapshot, self._adapters, stage, to)
            transaction.reached("weights")
            names = snapshot.of(stage)
            count = sum(event.stage == stage and event.action == "rollback" for event in snapshot.events)
            event = Event(
                stage=stage,
                action="rollback",
                version=target.version if target is not None else BASE,
                adapter_sha256=target.adapter_sha256 if target is not None else BASE,
                previous=names.champion,
                tag=f"{stage}/rollback-{count + 1}",
                created=_now(),
                reason=_one_line(reason),
            )
            files = {alias_path(stage): alias_document(after(event, names))}
            transaction.record(self._path, snapshot.commit, event, files)
        return target

    def rollback_target(self, stage: str, to: str | None = None) -> Version | None:
        """What `rollback` would put in service now; None: the base. Changes nothing.

        Raises UsageError for an unknown version; RegistryError when it serves already, when nothing is left to go back
        to, or when its weights are missing or damaged.
        """
        return rollback_target(self._read(), self._adapters, check_stage(stage), to)

    def _events(self, stage: str) -> tuple[Event, ...]:
        check_stage(stage)
        return tuple(event for event in self._read().events if event.stage == stage)

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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _one_line(text: str) -> str:
    return " ".join(text.split())
