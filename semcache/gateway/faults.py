import logging
from collections.abc import Awaitable
from typing import TypeVar

from semcache.errors import CacheFaultError

log = logging.getLogger(__name__)

T = TypeVar("T")


async def or_none(looking: Awaitable[T]) -> T | None:
    """Take a fault of the cache for a miss: counted, never the caller's trouble."""
    try:
        return await looking
    except CacheFaultError as error:
        log.warning("The cache goes on without a part: %s", error)
        return None
