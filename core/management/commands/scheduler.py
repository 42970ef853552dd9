import asyncio
import logging
from typing import Any

import psycopg
import psycopg_pool
from django.core.management.base import BaseCommand

from semcache import conf
from semcache.errors import CacheFaultError
from semcache.invalidation import Invalidation
from semcache.levels.calibrations import Calibrations
from semcache.levels.labels import Labels
from semcache.wiring import stores

log = logging.getLogger(__name__)

EVERY_S = 60


class Command(BaseCommand):
    help = (
        "Run the periodic work until stopped: every minute it deletes entries past their time, and "
        "learns from the new labels of the audit."
    )

    def handle(self, **_: Any) -> None:
        with asyncio.Runner() as runner:
            runner.run(_run())


async def _run() -> None:
    async with stores.opened() as opened:
        invalidation = Invalidation(pool=opened.pool, exact=opened.exact)
        calibrations = Calibrations(pool=opened.pool, labels=Labels(pool=opened.pool))
        while True:
            try:
                await invalidation.retire(keep_decisions_s=conf.load().explain_keep_s)
            except (psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
                log.warning("Retention waits for Postgres: %s", error)
            try:
                await calibrations.refresh()
            except CacheFaultError as error:
                log.warning("Calibration waits for Postgres: %s", error)
            await asyncio.sleep(EVERY_S)
