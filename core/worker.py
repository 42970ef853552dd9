"""The worker process: `dramatiq core.worker --queues …`."""

import asyncio
import os
from collections.abc import Collection

import django
import uvloop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
django.setup()

import dramatiq  # noqa: E402 - Django's set-up has set the broker
from dramatiq.asyncio import get_event_loop_thread  # noqa: E402

from semcache import worker  # noqa: E402 - declares the actors
from semcache.wiring import process  # noqa: E402

__all__ = ["worker"]


class _Prepare(dramatiq.Middleware):
    """Build the worker's graph before its first message, on the loop that runs the actors."""

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        loop = get_event_loop_thread()
        assert loop is not None
        loop.run_coroutine(_announce(worker.consumer_whitelist or broker.get_declared_queues()))


async def _announce(queues: Collection[str]) -> None:
    graph = await process.worker()
    graph.announce(queues)


asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # for the loop that runs the actors
dramatiq.get_broker().add_middleware(_Prepare())
