"""Which adapter serves each stage, and everything that ever served: a git repository of manifests.

Registry.open(path, adapters)     a view of the repository; made at the first promotion
Version, Event                    what it answers with
weights.install / weights.locate  the content-addressed weights beside it
"""

from __future__ import annotations

from loop.registry.records import Event, Version
from loop.registry.registry import Registry

__all__ = ["Event", "Registry", "Version"]
