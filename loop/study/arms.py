"""The ways of learning that are compared: each a name and the settings in which it differs from the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from loop.errors import UsageError
from loop.settings_load import near


@dataclass(frozen=True)
class Arm:
    """settings: "section.key" -> value. merged: after each promotion the adapter is merged into the base, and the next
    one is trained on what comes out, instead of on the frozen base."""

    name: str
    about: str
    settings: Mapping[str, str | int | float] = field(default_factory=dict)
    merged: bool = False


ARMS: tuple[Arm, ...] = (
    Arm("sft", "right answers", {"train.method": "sft"}),
    Arm("sft+dpo", "right answers, then pairs of a right and a wrong one", {"train.method": "sft+dpo"}),
    Arm("grpo", "what the oracle says of fresh answers", {"train.method": "grpo"}),
    Arm(
        "no-dedup",
        "sft without removal of duplicates and without caps",
        {
            "train.method": "sft", "harvest.near_duplicate": 0, "harvest.per_task": 0, "harvest.per_family": 0,
            "harvest.per_cycle": 0,
        },
    ),
    Arm("longer", "sft with up to ten passes over the same rows", {"train.method": "sft", "train.epochs": 10.0}),
    Arm("no-replay", "sft without rows of mastered questions", {"train.method": "sft", "harvest.replay": 0.0}),
    Arm("merged", "sft on a base into which each champion is merged", {"train.method": "sft"}, merged=True),
)  # fmt: skip


def arms_named(names: str) -> tuple[Arm, ...]:
    """The arms in a text that lists some, separated by commas; "all". Raises UsageError."""
    known = {arm.name: arm for arm in ARMS}
    if names == "all":
        return ARMS
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no arm '{name}'{near(name, known)}", fix=f"all, or some of: {', '.join(known)}")
    if not wanted:
        raise UsageError("no arm is named", fix=f"all, or some of: {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(wanted))
