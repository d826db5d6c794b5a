"""The steps as Prefect tasks: each one is a plain function of `loop.cycle`, with its signature.

Prefect neither caches nor persists what they return: a step finds in the store what is there already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE

import loop.cycle.audit
import loop.cycle.chain
import loop.cycle.harvest
import loop.cycle.judge
import loop.cycle.practice
import loop.cycle.promote
import loop.cycle.run
import loop.cycle.train

P = ParamSpec("P")
R = TypeVar("R")


def _step(name: str, function: Callable[P, R], of: str = "") -> Task[P, R]:
    # Prefect fills the names in from the arguments of the call.
    return task(name=name, task_run_name=f"{name}{of}", cache_policy=NO_CACHE, persist_result=False)(function)


OF_CYCLE = ": {cycle.stage}"
OF_STAGE = ": {stage}"

begin = _step("begin or resume", loop.cycle.run.begin_or_resume, OF_STAGE)
audit = _step("audit", loop.cycle.audit.audit, OF_STAGE)
chain = _step("chain", loop.cycle.chain.audit_chain)
audit_champion = _step("audit champion", loop.cycle.audit.audit, OF_CYCLE)
audit_challenger = _step("audit challenger", loop.cycle.audit.audit, OF_CYCLE)
practice = _step("practice", loop.cycle.practice.practice, OF_CYCLE)
harvest = _step("harvest", loop.cycle.harvest.harvest, OF_CYCLE)
train = _step("train", loop.cycle.train.train, OF_CYCLE)
judge = _step("judge", loop.cycle.judge.judge, OF_CYCLE)
settle = _step("promote or not", loop.cycle.run.settle, OF_CYCLE)
promote = _step("promote", loop.cycle.promote.promote)
finish = _step("finish", loop.cycle.run.finish, OF_CYCLE)
