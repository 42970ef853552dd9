"""Dramatiq actors, one call each. `flight/queue.py` sends to them by name."""

import time
from typing import Any

import dramatiq

from semcache.flight import queue
from semcache.types import controls
from semcache.wiring import process

_TIME_LIMIT_MS = 3_600_000


async def generate(*, key: str, token: int, **_: Any) -> None:
    """Do the job of a flight."""
    worker = await process.worker()
    await worker.generation.run(key, token, now=time.time())


# A queue has one actor, since Dramatiq gives priorities to actors: lower runs first.
for position, priority in enumerate(controls.PRIORITIES):
    declare = dramatiq.actor(
        actor_name=queue.actor_name(priority),
        queue_name=priority,
        priority=position,
        max_retries=0,
        time_limit=_TIME_LIMIT_MS,
    )
    declare(generate)
