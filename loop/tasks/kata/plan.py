"""What a mint makes: how many tasks of which unit, out of which fresh compositions.

A unit is a family of functions ("fold"), or a kind of projects about one domain ("bugfix arrays").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from loop.errors import PackError
from loop.tasks.kata.fresh import Known, apart, fresh, rank
from loop.tasks.kata.generate import FAMILIES, Composition
from loop.tasks.kata.projects.draft import is_short
from loop.tasks.kata.projects.generate import SHARES
from loop.tasks.kata.projects.naming import DOMAINS
from loop.tasks.task import Pack, Split

TYPES: Mapping[str, str] = {"cross": "bugfix-cross", "wide": "feature"}
"""Kinds of projects that are not called by their type."""
POOL = 40
"""Candidates of a family that are looked at, at least: what turns out unsound is replaced out of them."""


@dataclass(frozen=True)
class Plan:
    """wanted: unit -> tasks, as the split of the source has them or, scaled, as `count` asks. quotas: what can be made.

    candidates: family -> fresh compositions in the order of the seed.
    """

    source: Pack
    split: Split
    seed: int
    name: str
    wanted: Mapping[str, int]
    quotas: Mapping[str, int]
    candidates: Mapping[str, tuple[Composition, ...]]

    def of(self, unit: str) -> tuple[Composition, ...]:
        """The candidates of a unit."""
        kind, _, domain = unit.partition(" ")
        if not domain:
            return self.candidates[unit]
        found = [c for f, some in self.candidates.items() if DOMAINS.get(f) == domain for c in some if is_short(c)]
        return tuple(sorted(found, key=lambda c: rank(self.seed, f"{kind} {c.name}")))


def make_plan(source: Pack, split: Split, seed: int, count: int | None, known: Known) -> Plan:
    """Raises PackError when the source has no such split to follow, or nothing fresh is left for it."""
    if split == "practice":
        raise PackError("practice is taken over as it is", fix="mint the audit or the vault split")
    shares = _shares(source, split)
    if not shares:
        raise PackError(f"pack '{source.name}' has no {split} tasks to follow", fix="choose another split")
    families = [f for f in FAMILIES if f.name in shares or any(DOMAINS.get(f.name) == d for d in _domains(shares))]
    candidates: dict[str, tuple[Composition, ...]] = {}
    room: dict[str, int] = {}
    for family in families:
        found = fresh(family, known, seed)
        candidates[family.name] = tuple(found)
        room[family.name] = len(found)
    plan = Plan(source, split, seed, f"{source.name}-{split}-{seed}", shares, {}, candidates)
    room |= {unit: len(plan.of(unit)) for unit in shares if " " in unit}
    wanted = shares if count is None else allocate(shares, dict.fromkeys(shares, count), count, seed)
    quotas = {u: min(n, room[u]) for u, n in wanted.items()} if count is None else allocate(shares, room, count, seed)
    if not sum(quotas.values()):
        raise PackError(
            f"nothing fresh is left to mint for the {split} split of '{source.name}': all is known",
            fix="write tasks of other families (docs/tasks.md)",
        )
    looked_at = {
        family.name: tuple(apart(family, candidates[family.name][: max(POOL, 2 * quotas.get(family.name, 0))], known))
        for family in families
    }
    return Plan(source, split, seed, plan.name, wanted, {u: n for u, n in quotas.items() if n}, looked_at)


def allocate(shares: Mapping[str, int], room: Mapping[str, int], count: int, seed: int) -> dict[str, int]:
    """`count` over the units, in proportion to their shares and within their room; what is left over goes round."""
    out = dict.fromkeys(shares, 0)
    while left := count - sum(out.values()):
        open_units = [unit for unit in shares if out[unit] < room[unit]]
        if not open_units:
            break
        total = sum(shares[unit] for unit in open_units)
        given = {u: min(left * shares[u] // total, room[u] - out[u]) for u in open_units}
        if not any(given.values()):
            order = sorted(open_units, key=lambda u: (-shares[u], rank(seed, u)))
            given = dict.fromkeys(order[:left], 1)
        for unit, n in given.items():
            out[unit] += n
    return out


def family_of(unit: str) -> str:
    """The family that the tasks of a unit belong to."""
    kind, _, domain = unit.partition(" ")
    return f"{TYPES.get(kind, kind)}-{domain}" if domain else unit


def _shares(source: Pack, split: Split) -> dict[str, int]:
    """Unit -> how many tasks the source's split has of it."""
    functions = Counter(task.family for task in source.split(split) if task.truth is None)
    projects = {task.family for task in source.split(split) if task.truth is not None}
    units = {f.name: functions[f.name] for f in FAMILIES if functions[f.name]}
    for kind, count in SHARES[split].items():
        for domain in dict.fromkeys(DOMAINS.values()):
            if family_of(f"{kind} {domain}") in projects:
                units[f"{kind} {domain}"] = count
    return units


def _domains(shares: Mapping[str, int]) -> set[str]:
    return {domain for unit in shares if (domain := unit.partition(" ")[2])}
