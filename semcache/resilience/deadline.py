import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def within(coroutine: Coroutine[Any, Any, T], *, seconds: float) -> T:
    """Wait for a result, but no longer than that.

    Unlike `asyncio.timeout` it does not wait for the clean-up either: cancelling a query of a
    Postgres that hangs takes as long as the query.

    Raises:
        TimeoutError: there was none in time.
    """
    task = asyncio.ensure_future(coroutine)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.add_done_callback(_forget)
        task.cancel()
        raise TimeoutError(f"no answer within {seconds:g} s")
    return task.result()


def _forget(task: "asyncio.Task[Any]") -> None:
    """Take note of how it ended, so that nobody complains that nobody did."""
    if not task.cancelled():
        task.exception()
