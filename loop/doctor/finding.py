"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`required`: the loop does not work without it. `fix` is empty when ok."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
    required: bool = True
