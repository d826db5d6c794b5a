"""Writing the registry, through GitPython. One event is one commit, and moving the branch to it is the commit point.

    objects -> commit object -> branch (commit point) -> tag -> working tree

Until the branch moves, a kill leaves unreachable objects that nobody sees. After it, what is missing (the tag, the
working tree) follows from the history, and `repair` puts it there. The tree is built in an index of its own, so that
git's index and the working tree are mere views of the branch for people to look at.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from loop.errors import RegistryError, ToolError
from loop.registry import head
from loop.registry.environment import BRANCH, isolated
from loop.registry.records import Event

if TYPE_CHECKING:
    from git import Git

FOLDERS = ("versions", "cards", "challengers", "aliases")  # what of the working tree is ours
ORPHAN_GRACE = 1.0  # seconds in which a git whose parent was killed gives up its own lock files


def reached(step: str) -> None:
    """Stands between two steps. Does nothing; the crash tests end the process here."""


def create(worktree: Path) -> None:
    """Makes the repository with one empty commit, in one rename: it is there whole, or not at all. Needs the lock."""
    for leftover in worktree.parent.glob(f".{worktree.name}-new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=f".{worktree.name}-new-", dir=worktree.parent))
    new.chmod(0o755)
    with _git(new) as git:
        git.init("--quiet", "--initial-branch=main")
        reached("initialised")
        empty = git.write_tree()
        git.update_ref(BRANCH, git.commit_tree(empty, "-m", "An empty registry"))
        reached("first commit")
    new.rename(worktree)
    reached("created")


def record(worktree: Path, parent: str, event: Event, files: dict[str, bytes]) -> str:
    """Commits `files` (path -> content) as `event` on top of `parent`; returns the commit. Needs the lock.

    Raises RegistryError when git fails or the branch is no longer at `parent`.
    """
    index = worktree / ".git" / "loop-index"
    with _git(worktree) as git:
        index.unlink(missing_ok=True)
        with git.custom_environment(GIT_INDEX_FILE=str(index)):
            git.read_tree(parent)
            for path, content in files.items():
                blob = _with_input(content, lambda stream: git.hash_object("-w", "--stdin", istream=stream))
                reached("object")
                git.update_index("--add", "--cacheinfo", f"100644,{blob},{path}")
                reached("entry")
            tree = git.write_tree()
            reached("tree")
        index.unlink()
        date = event.created
        with git.custom_environment(GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date):
            commit = _with_input(
                event.message.encode(), lambda stream: git.commit_tree(tree, "-p", parent, istream=stream)
            )
        reached("commit object")
        git.update_ref("-m", event.message.partition("\n")[0], BRANCH, commit, parent)
        reached("branch")
        _tag(git, event, commit)
        reached("tag")
        _refresh(git)
        reached("working tree")
    return str(commit)


def needs_repair(worktree: Path, events: tuple[Event, ...]) -> bool:
    """Whether a kill left something to put right. Cheap: git's binary only. Raises RegistryError on a misplaced tag."""
    if _stale_locks(worktree) or (worktree / ".git" / "loop-index").exists():
        return True
    tags = _tags(worktree)
    for event in events:
        if tags.get(event.tag, event.commit) != event.commit:
            raise head.damaged(worktree, f"tag {event.tag} is at {tags[event.tag][:12]}, not at {event.commit[:12]}")
    if any(event.tag not in tags for event in events):
        return True
    if not (worktree / ".git" / "index").exists():
        return True
    try:
        return bool(head.run_git(worktree, "status", "--porcelain", "--", *FOLDERS).strip())
    except RegistryError:
        return True  # the history was readable, so it is the index that is not; it is made anew


def repair(worktree: Path, events: tuple[Event, ...]) -> None:
    """Finishes what a killed process began: stale locks of git, missing tags, the working tree. Needs the lock."""
    for name in ("loop-index", "index"):
        (worktree / ".git" / name).unlink(missing_ok=True)
    deadline = time.monotonic() + ORPHAN_GRACE
    while time.monotonic() < deadline and any(_age(path) < ORPHAN_GRACE for path in _stale_locks(worktree)):
        time.sleep(0.05)
    for path in _stale_locks(worktree):
        path.unlink(missing_ok=True)
    tags = _tags(worktree)
    with _git(worktree) as git:
        for event in reversed(events):
            if event.tag not in tags:
                _tag(git, event, event.commit)
        _refresh(git)


def _tag(git: Git, event: Event, commit: str) -> None:
    with git.custom_environment(GIT_COMMITTER_DATE=event.created):
        git.tag("-a", "-m", event.message.partition("\n")[0], event.tag, commit)


def _refresh(git: Git) -> None:
    """Index and working tree become those of the branch; strangers in our folders go, others stay."""
    git.symbolic_ref("HEAD", BRANCH)
    git.read_tree(BRANCH)
    git.checkout_index("--all", "--force", "--quiet", "-u")
    git.clean("-fdq", "--", *FOLDERS)


def _tags(worktree: Path) -> dict[str, str]:
    """Name of each tag -> the commit it leads to."""
    listing = head.run_git(
        worktree, "for-each-ref", "--format=%(refname:strip=2) %(objectname) %(*objectname)", "refs/tags"
    )
    rows = (line.split() for line in listing.decode().splitlines())
    return {row[0]: row[-1] for row in rows}


def _stale_locks(worktree: Path) -> list[Path]:
    git_dir = worktree / ".git"
    return [*git_dir.glob("*.lock"), *git_dir.glob("refs/**/*.lock")]


def _age(path: Path) -> float:
    """Seconds since the file was written; infinite when it is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def _with_input(content: bytes, command: Callable[[object], str]) -> str:
    """Runs a git command that reads stdin; it needs a real file, hence a temporary one."""
    with tempfile.TemporaryFile() as stream:
        stream.write(content)
        stream.seek(0)
        return str(command(stream))


@contextmanager
def _git(worktree: Path) -> Iterator[Git]:
    """GitPython's git, bound to the registry. Its errors become RegistryError."""
    if shutil.which("git") is None:  # GitPython would already fail at import
        raise ToolError("git is not installed", fix="install git 2.32 or later")
    from git import Git
    from git.exc import GitCommandError

    git = Git(worktree)
    git.update_environment(**isolated(worktree))
    try:
        yield git
    except GitCommandError as error:
        raise RegistryError(
            f"git failed in the registry {worktree}: {str(error.stderr).strip() or error}",
            fix="free disk space and check that the directory is writable, then run the command again",
        ) from error
