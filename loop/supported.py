"""The ranges of versions this project was made for, and what is installed outside them."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "self-improvement-loop"


def mismatches(root: Path, extras: tuple[str, ...]) -> list[str]:
    """What is missing or outside its range, as sentences; empty when all is well."""
    from packaging.requirements import Requirement

    wrong = []
    for text in requirements(root, extras):
        wanted = Requirement(text)
        if wanted.name == DISTRIBUTION:
            continue
        try:
            found = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{wanted.name} is missing ({wanted.specifier})")
            continue
        # a local build such as 2.13.0+cpu counts as its public version
        if not wanted.specifier.contains(found.split("+")[0], prereleases=True):
            wrong.append(f"{wanted.name} is {found}, supported is {wanted.specifier}")
    return wrong


def requirements(root: Path, extras: tuple[str, ...]) -> list[str]:
    """What the project asks for: from pyproject.toml in a checkout, else from the installed distribution's metadata."""
    file = root / "pyproject.toml"
    if file.exists():
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        if project["name"] == DISTRIBUTION:
            optional = project["optional-dependencies"]
            return [*project["dependencies"], *(text for extra in extras for text in optional[extra])]
    from packaging.requirements import Requirement

    listed = [Requirement(text) for text in metadata.requires(DISTRIBUTION) or []]
    wanted = [r for r in listed if r.marker is None or any(r.marker.evaluate({"extra": e}) for e in ("", *extras))]
    return [f"{r.name}{r.specifier}" for r in wanted]
