"""From scores to an answer: what is not sure enough counts as not known."""

from __future__ import annotations

from collections.abc import Sequence

from loop.pipeline.stage import Call


def decided(call: Call, scores: Sequence[float], threshold: float) -> str:
    """The likeliest of the options that are not the careful one, if its score reaches the threshold, else that one.

    So a yes/no with a threshold of 0.5 is decided by which is likelier; a lower one finds more and a higher one is
    wrong less often. scores: of the options, in their order, adding up to 1. threshold: above 0.
    """
    rivals = [(score, option) for score, option in zip(scores, call.options, strict=True) if option != call.careful]
    score, option = max(rivals, key=lambda rival: rival[0])
    return option if score >= threshold else call.careful
