import asyncio
import logging
from typing import Any

import psycopg
import psycopg_pool
from django.core.management.base import BaseCommand

from semcache.invalidation import Invalidation
from semcache.wiring import stores

log = logging.getLogger(__name__)

RETIRE_EVERY_S = 60


class Command(BaseCommand):
    help = "Run the periodic work until stopped: deletes entries past their time, every minute."

    def handle(self, **_: Any) -> None:
        with asyncio.Runner() as runner:
            runner.run(_run())


async def _run() -> None:
    async with stores.opened() as opened:
        invalidation = Invalidation(pool=opened.pool, exact=opened.exact)
        while True:
            try:
                await invalidation.retire()
            except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
                log.warning("Retention waits for Postgres: %s", error)
            await asyncio.sleep(RETIRE_EVERY_S)
