"""The environment in which git runs here: nothing of the user's, nothing inherited from a git that started us."""

from __future__ import annotations

import os
from pathlib import Path

BRANCH = "refs/heads/main"  # the registry's truth, whatever HEAD was pointed at by hand
IDENTITY = ("loop", "loop@localhost")

_CONFIG = {
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.autocrlf": "false",
    "core.fsmonitor": "false",
    "core.fsync": "all",  # objects and references survive a power cut, not only a kill
    "core.useReplaceRefs": "false",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "tag.forceSignAnnotated": "false",
    "log.showSignature": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "i18n.commitEncoding": "utf-8",
    "i18n.logOutputEncoding": "utf-8",
}


def isolated(worktree: Path) -> dict[str, str]:
    """Variables that bind git to the repository in `worktree`, ignore all other configuration, and sign nothing.

    Every variable that could lead elsewhere is set rather than left out, because GitPython adds ours to those of the
    process: `loop` may itself run inside a git hook. Needs git >= 2.32 (GIT_CONFIG_GLOBAL).
    """
    git_dir = worktree / ".git"
    name, email = IDENTITY
    out = {
        "GIT_DIR": str(git_dir),
        "GIT_WORK_TREE": str(worktree),
        "GIT_INDEX_FILE": str(git_dir / "index"),
        "GIT_OBJECT_DIRECTORY": str(git_dir / "objects"),
        "GIT_COMMON_DIR": str(git_dir),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
        "GIT_NAMESPACE": "",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_PARAMETERS": "",
        "GIT_DEFAULT_HASH": "sha1",
        "GIT_TEMPLATE_DIR": "",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
        "GIT_CONFIG_COUNT": str(len(_CONFIG)),
        "LC_ALL": "C.UTF-8",
    }
    for i, (key, value) in enumerate(_CONFIG.items()):
        out[f"GIT_CONFIG_KEY_{i}"], out[f"GIT_CONFIG_VALUE_{i}"] = key, value
    return out
