"""Reading the registry: everything comes from the commit that the branch points at, never from the working tree.

This runs the git binary itself. GitPython would do, but importing it takes 0.2 s, and `loop status` only reads.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loop.errors import RegistryError, ToolError
from loop.registry.environment import BRANCH, isolated
from loop.registry.records import BASE, Aliases, Challenger, Event, Version, aliases_of, event_of


@dataclass(frozen=True)
class Snapshot:
    """The registry at one commit. versions: stage -> in order of number. aliases: of the stages that have any.

    events: newest first. commit: "" before the first one.
    """

    commit: str
    versions: dict[str, tuple[Version, ...]]
    aliases: dict[str, Aliases]
    events: tuple[Event, ...]

    def of(self, stage: str) -> Aliases:
        return self.aliases.get(stage, Aliases())

    def version(self, stage: str, name: str) -> Version | None:
        return next((v for v in self.versions.get(stage, ()) if v.version == name), None)


_COMMIT = re.compile(r"[0-9a-f]{40}")
EMPTY = Snapshot("", {}, {}, ())


def run_git(worktree: Path, *args: str, stdin: bytes = b"") -> bytes:
    """stdout of git in the registry. Raises ToolError without git, RegistryError when it fails."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", *args], input=stdin, capture_output=True, cwd=worktree, env={**inherited, **isolated(worktree)}
        )
    except FileNotFoundError as error:
        raise ToolError("git is not installed", fix="install git 2.32 or later") from error
    if done.returncode != 0:
        raise damaged(worktree, f"git {args[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def damaged(worktree: Path, detail: str) -> RegistryError:
    return RegistryError(
        f"the registry {worktree} is damaged: {detail}",
        fix=f"restore it from a backup (the weights are not in it); or move {worktree} away, "
        'then `loop promote ADAPTER --force --reason "registry lost"`',
    )


def tip(worktree: Path) -> str:
    """The commit that the branch points at. Raises RegistryError.

    Every question begins here, so the reference's file is read without git where there is one; it is replaced in one
    rename. Whether the commit is there is found out by reading it.
    """
    try:
        commit = (worktree / ".git" / BRANCH).read_text().strip()
    except OSError:  # packed away, or lost: git knows
        commit = ""
    if _COMMIT.fullmatch(commit):
        return commit
    return run_git(worktree, "rev-parse", "--verify", "--quiet", f"{BRANCH}^{{commit}}").decode().strip()


def load(worktree: Path, commit: str) -> Snapshot:
    """Everything at `commit`. Raises RegistryError when a file is missing, malformed or contradicts another."""
    events = _events(worktree, commit)
    promoted = {(e.stage, e.version): e.commit for e in events if e.action == "promote"}
    versions: dict[str, list[Version]] = {}
    aliases: dict[str, Aliases] = {}
    for path, data in _documents(worktree, commit, "versions/", "aliases/").items():
        folder, _, name = path.removesuffix(".json").partition("/")
        try:
            if folder == "versions":
                version = Version(**data, commit=promoted[data["stage"], data["version"]])
                if f"{version.stage}/{version.version}" != name:
                    raise ValueError(f"it describes {version.stage}/{version.version}")
                versions.setdefault(version.stage, []).append(version)
            elif folder == "aliases":
                aliases[name] = aliases_of(data)
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(worktree, f"{path}: {error!r}") from error
    for stage, names in aliases.items():
        known = {BASE, *(v.version for v in versions.get(stage, ()))}
        for name in (names.champion, names.previous):
            if name not in known:
                raise damaged(worktree, f"aliases/{stage}.json names {name}, which has no manifest")
    ordered = {stage: tuple(sorted(rows, key=lambda v: int(v.version[1:]))) for stage, rows in versions.items()}
    return Snapshot(commit, ordered, aliases, events)


def challengers(worktree: Path, commit: str, stage: str) -> tuple[Challenger, ...]:
    """The adapters of a stage that were ever judged, by sha256. Apart from `load`, which every command waits for: they
    are many. Raises RegistryError."""
    found = []
    for path, data in _documents(worktree, commit, f"challengers/{stage}/").items():
        try:
            found.append(Challenger(**data))
        except TypeError as error:
            raise damaged(worktree, f"{path}: {error!r}") from error
    return tuple(found)


def text(worktree: Path, commit: str, path: str) -> str | None:
    """A text file of the commit; None when it has none. Raises RegistryError."""
    if not run_git(worktree, "ls-tree", "--name-only", commit, "--", path).strip():
        return None
    return run_git(worktree, "cat-file", "blob", f"{commit}:{path}").decode(errors="replace")


def _events(worktree: Path, commit: str) -> tuple[Event, ...]:
    found = []
    log = run_git(worktree, "log", "--first-parent", "--format=%H%n%B%x00", commit).decode()
    for record in log.split("\0"):
        sha, _, message = record.strip("\n").partition("\n")
        try:
            event = event_of(message, sha)
        except (TypeError, ValueError) as error:
            raise damaged(worktree, f"commit {sha[:12]} records no readable event: {error}") from error
        if event is not None:
            found.append(event)
    return tuple(found)


def _documents(worktree: Path, commit: str, *folders: str) -> dict[str, dict[str, Any]]:
    """path -> parsed JSON of every .json file in these folders of the commit."""
    names = run_git(worktree, "ls-tree", "-r", "-z", "--name-only", commit).decode().split("\0")
    paths = [name for name in names if name.endswith(".json") and name.startswith(folders)]
    if not paths:
        return {}
    stream = run_git(worktree, "cat-file", "--batch", stdin="".join(f"{commit}:{p}\n" for p in paths).encode())
    out, at = {}, 0
    for path in paths:
        header_end = stream.find(b"\n", at)
        header = stream[at:header_end].split()
        if len(header) != 3 or header[1] != b"blob":
            raise damaged(worktree, f"{path}: {stream[at:header_end].decode(errors='replace')}")
        size = int(header[2])
        try:
            data = json.loads(stream[header_end + 1 : header_end + 1 + size])
        except ValueError as error:
            raise damaged(worktree, f"{path} is not JSON: {error}") from error
        if not isinstance(data, dict):
            raise damaged(worktree, f"{path} holds no object")
        out[path] = data
        at = header_end + 1 + size + 1
    return out
