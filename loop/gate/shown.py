"""How finely a held-out score is told (the Ladder, Blum & Hardt 2015, arXiv 1502.04585).

What is finer than the noise says nothing about an adapter, and something about the held-out tasks to whoever tunes by
it. So an audit's own scores are told to a point; the store keeps the answers that they come from, and the gate reads
those. A decision is told in full: it was paid for (`loop.gate.attempt`).
"""

from __future__ import annotations

STEP = 0.01


def shown(score: float) -> float:
    """A score in [0, 1], rounded to STEP."""
    return round(round(score / STEP) * STEP, 6)


def told(score: float) -> str:
    return f"{shown(score):.2f}"
