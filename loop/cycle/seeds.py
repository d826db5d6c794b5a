"""Every random choice of a run follows from its seed by name: a step repeated alone gives the same."""

from __future__ import annotations

import hashlib


def derive(seed: int, *names: str | int) -> int:
    """A seed in [0, 2^31) for the thing that `names` name."""
    text = "\0".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") & 0x7FFF_FFFF


def digest(*parts: object) -> str:
    """SHA-256 of the parts' text: the identity of whatever they determine."""
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()
