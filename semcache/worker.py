"""Dramatiq actors, one call each. `flight/queue.py` sends to them by name."""

import time
from typing import Any

import dramatiq
import msgspec

from semcache.flight import queue
from semcache.types import audit as audits
from semcache.types import controls
from semcache.wiring import process

_TIME_LIMIT_MS = 3_600_000


async def generate(*, key: str, token: int, **_: Any) -> None:
    """Do the job of a flight."""
    worker = await process.worker()
    await worker.generation.run(key, token, now=time.time())


async def audit(*, audit: str, **_: Any) -> None:
    """Compare a drawn request's answer with a fresh one."""
    worker = await process.worker()
    drawn = msgspec.json.decode(audit, type=audits.Audit)
    await worker.audits.auditor.run(drawn, now=time.time())


async def rescore(*, rescore: str, **_: Any) -> None:
    """Weigh a drawn request's candidates by another encoder."""
    worker = await process.worker()
    drawn = msgspec.json.decode(rescore, type=audits.Rescore)
    await worker.audits.rescoring.run(drawn, now=time.time())


# A queue has one generating actor, since Dramatiq gives priorities to actors: lower runs first.
for position, priority in enumerate(controls.PRIORITIES):
    declare = dramatiq.actor(
        actor_name=queue.actor_name(priority),
        queue_name=priority,
        priority=position,
        max_retries=0,
        time_limit=_TIME_LIMIT_MS,
    )
    declare(generate)

for name, act in ((queue.AUDIT, audit), (queue.RESCORE, rescore)):
    declare = dramatiq.actor(
        actor_name=name,
        queue_name=queue.BACKGROUND,
        priority=len(controls.PRIORITIES),
        max_retries=0,
        time_limit=_TIME_LIMIT_MS,
    )
    declare(act)
