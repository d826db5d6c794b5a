"""The steps as Prefect tasks: each one is a plain function of `loop.cycle`, with its signature.

Prefect neither caches nor persists what they return: a step finds in the store what is there already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE

import flows.approve
import loop.cycle.audit
import loop.cycle.promote
from loop.cycle.run import PLAIN, Steps

P = ParamSpec("P")
R = TypeVar("R")


def _step(name: str, function: Callable[P, R], of: str = "") -> Task[P, R]:
    # Prefect fills the names in from the arguments of the call.
    return task(name=name, task_run_name=f"{name}{of}", cache_policy=NO_CACHE, persist_result=False)(function)


OF_CYCLE = ": {cycle.stage}"
OF_STAGE = ": {stage}"

STEPS = Steps(
    begin=_step("begin or resume", PLAIN.begin, OF_STAGE),
    audit_champion=_step("audit champion", PLAIN.audit_champion, OF_CYCLE),
    practice=_step("practice", PLAIN.practice, OF_CYCLE),
    harvest=_step("harvest", PLAIN.harvest, OF_CYCLE),
    train=_step("train", PLAIN.train, OF_CYCLE),
    audit_challenger=_step("audit challenger", PLAIN.audit_challenger, OF_CYCLE),
    judge=_step("judge", PLAIN.judge, OF_CYCLE),
    approve=_step("wait for approval", flows.approve.approve, ": {approval.stage}"),
    settle=_step("promote or not", PLAIN.settle, OF_CYCLE),
    audit_vault=_step("audit vault", PLAIN.audit_vault, OF_CYCLE),
    finish=_step("finish", PLAIN.finish, OF_CYCLE),
    chain=_step("chain", PLAIN.chain),
)
audit = _step("audit", loop.cycle.audit.audit, OF_STAGE)
promote = _step("promote", loop.cycle.promote.promote)
