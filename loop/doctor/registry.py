"""Do registry, store and weights agree?"""

from __future__ import annotations

from loop.config import Settings
from loop.doctor.finding import Finding
from loop.home import Home

NAME = "registry"
PATIENCE = 2.0  # seconds for the store, which a run may hold


def check(settings: Settings, home: Home) -> Finding:
    """One line: how much there is, or the first thing that does not fit. Weights that are wrong cannot be worked with;
    rows that are can."""
    from loop.cycle.agreement import agreement, view

    wrong = agreement(home, patience=PATIENCE)
    if wrong:
        first = next((each for each in wrong if not each.mendable), wrong[0])
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        return Finding(NAME, False, f"{first.what}{more}", first.fix, required=not first.mendable)
    registry = view(home)
    versions = sum(len(registry.versions(stage)) for stage in registry.stages())
    if not versions:
        return Finding(NAME, True, "nothing was promoted yet: the bases serve")
    return Finding(NAME, True, f"{versions} versions, {len(registry.champions())} in service; store and weights agree")
