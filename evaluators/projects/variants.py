"""Other versions of a repository's files: known-bad ones that tests must catch, right ones that they must let pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evaluators.projects.edits import with_texts
from evaluators.projects.repository import Repository


@dataclass(frozen=True)
class Variant:
    """files: (path, full text) of those that differ. name: for people; it never enters a box."""

    name: str
    files: tuple[tuple[str, str], ...]


def varied(repository: Repository, variant: Variant) -> Repository:
    """The repository with the variant's files. Raises ValueError for files that it does not have."""
    if unknown := {path for path, _ in variant.files} - repository.texts.keys():
        raise ValueError(f"variant '{variant.name}' replaces files that are not there: {', '.join(sorted(unknown))}")
    return with_texts(repository, {**repository.texts, **dict(variant.files)})


def to_json(variants: tuple[Variant, ...]) -> list[dict[str, Any]]:
    return [{"name": variant.name, "files": dict(variant.files)} for variant in variants]


def from_json(data: list[dict[str, Any]]) -> tuple[Variant, ...]:
    """Inverse of `to_json`. Raises KeyError or TypeError on a malformed document."""
    return tuple(Variant(entry["name"], tuple(sorted(entry["files"].items()))) for entry in data)
