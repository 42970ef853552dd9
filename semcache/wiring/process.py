import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from semcache import conf
from semcache.errors import SemcacheError
from semcache.gateway.verdicts import Verdict
from semcache.invalidation import Invalidation, Target
from semcache.wiring import stores
from semcache.wiring.insight import Insight
from semcache.wiring.web import Web, defaults
from semcache.wiring.worker import Worker


@dataclass(slots=True)
class _Built:
    """The one graph of this process, or the building of it."""

    web: "asyncio.Task[Web] | None" = None
    worker: "asyncio.Task[Worker] | None" = None


_built = _Built()


async def web() -> Web:
    """Give this process's web half, built when first asked for."""
    if _built.web is None:
        _built.web = asyncio.create_task(_start(Web))
    return await asyncio.shield(_built.web)


async def worker() -> Worker:
    """Give this process's worker half, built when first asked for."""
    if _built.worker is None:
        _built.worker = asyncio.create_task(_start(Worker))
    return await asyncio.shield(_built.worker)


async def _start(half: Callable[[conf.Conf], Any]) -> Any:
    built = half(conf.load())
    await built.start()
    return built


@contextlib.asynccontextmanager
async def front() -> AsyncIterator[Web]:
    """Open the front door, for a command that comes in by it."""
    opened = Web(conf.load())
    await opened.start()
    try:
        yield opened
    finally:
        await opened.aclose()


async def purge_handles(handles: Iterable[str]) -> None:
    """Delete entries by handle, everywhere."""
    async with stores.opened() as opened:
        invalidation = Invalidation(pool=opened.pool, exact=opened.exact)
        for handle in handles:
            async for _ in invalidation.purge(Target(handle=handle)):
                pass


async def judge(decisions: Iterable[int], verdict: Verdict) -> list[SemcacheError]:
    """Judge what requests were answered with, by the numbers of their rows; give what failed."""
    failed = []
    async with stores.opened() as opened:
        verdicts = Insight(opened, defaults=defaults(conf.load())).verdicts
        for decision_id in decisions:
            try:
                await verdicts.judge_row(decision_id, verdict, now=time.time())
            except SemcacheError as error:
                failed.append(error)
    return failed
