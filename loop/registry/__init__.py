"""Which adapter serves each stage, and everything that ever served: a git repository of manifests.

Registry.open(path, adapters)     a view of the repository; made at the first promotion or challenge
Version, Event, Challenger        what it answers with
Aliases, AliasChange              champion, challenger and previous of a stage: now, and ever since
weights.install / weights.locate  the content-addressed weights beside it
"""

from __future__ import annotations

from loop.registry.alias_history import AliasChange
from loop.registry.records import Aliases, Challenger, Event, Version
from loop.registry.registry import Registry

__all__ = ["AliasChange", "Aliases", "Challenger", "Event", "Registry", "Version"]
