"""Will the configured trainings fit? Each is predicted for rows that fill its context, and compared with what there is.

A training itself looks at its real rows before it starts (`loop.training.memory.preflight`).
"""

from __future__ import annotations

from loop.config import Settings
from loop.doctor.finding import Finding
from loop.doctor.memory import GIB, Store, main_memory
from loop.home import Home
from loop.training.demand import TrainingDemand, demands
from loop.training.devices import gpus
from loop.training.memory import describe, precision_of

NAME = "training"
FIX = (
    'train.precision = "4bit" (the weights, on a GPU), a lower model.context (activations), train.rank or train.targets'
)


def check(settings: Settings, home: Home) -> Finding:
    """A note: rows are mostly shorter than the context, and one training runs at a time, without the engines."""
    cards = gpus()
    store = Store("GPU", cards[0].total, min(card.free for card in cards)) if cards else main_memory()
    wanted = demands(settings, gpu=bool(cards))
    need = max(demand.memory.total for demand in wanted)
    parts = "; ".join(told(demand, gpu=bool(cards)) for demand in wanted)
    detail = f"up to {need / GIB:.2f} GiB: {parts}. {store.free / GIB:.2f} GiB are free ({store.kind})"
    return Finding(NAME, need <= store.free, detail, "" if need <= store.free else FIX, required=False)


def told(demand: TrainingDemand, *, gpu: bool) -> str:
    spec = demand.spec
    return (
        f"{demand.base}, {spec.method} at {precision_of(spec, gpu=gpu)}, {spec.max_length} tokens "
        f"({', '.join(demand.stages)}) {describe(demand.memory)}"
    )
