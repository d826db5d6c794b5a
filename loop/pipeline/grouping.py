"""Parts of a plan: change points that rest on each other belong together, and what others rest on comes first."""

from __future__ import annotations

from collections.abc import Sequence


def parts_of(points: Sequence[str], dependencies: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Groups of points that dependencies connect, each in an order in which a point follows what it depends on.

    dependencies: (b, a), b depends on a; pairs with anything but two different points are passed over. Groups, and
    points within what is left open, keep the order of `points`; a cycle is broken at its first point.
    """
    known = set(points)
    pairs = [(b, a) for b, a in dependencies if b != a and b in known and a in known]
    leader = _leaders(points, pairs)
    groups: dict[str, list[str]] = {}
    for point in dict.fromkeys(points):
        groups.setdefault(_find(leader, point), []).append(point)
    return tuple(tuple(_ordered(group, pairs)) for group in groups.values())


def _leaders(points: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Union-find (Galler and Fischer, 1964): point -> a point of its group, and so on up to the group's leader."""
    leader = {point: point for point in points}
    for b, a in pairs:
        leader[_find(leader, b)] = _find(leader, a)
    return leader


def _find(leader: dict[str, str], point: str) -> str:
    while leader[point] != point:
        leader[point] = leader[leader[point]]  # halves the way for the next one who asks
        point = leader[point]
    return point


def _ordered(group: list[str], pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Kahn's topological order, the earliest point first where several may come."""
    needs = {point: {a for b, a in pairs if b == point} for point in group}
    done: list[str] = []
    while needs:
        free = next((point for point in needs if not needs[point] - set(done)), next(iter(needs)))
        done.append(free)
        del needs[free]
    return done
