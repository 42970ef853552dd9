import asyncio

import pytest

from semcache.resilience import deadline


async def test_what_comes_in_time_is_given() -> None:
    async def answer() -> int:
        return 42

    assert await deadline.within(answer(), seconds=5) == 42


async def test_what_fails_in_time_fails_as_it_did() -> None:
    async def fail() -> None:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        await deadline.within(fail(), seconds=5)


class Stubborn:
    """Cleans up for as long as it is let, as a cancelled query of a hanging Postgres does."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.begun, self.cancelled, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()
            await self.let_go.wait()
            self.ended.set()


async def test_nobody_waits_beyond_the_time_not_even_for_the_clean_up() -> None:
    stubborn = Stubborn()

    with pytest.raises(TimeoutError, match=r"0\.01 s"):
        await deadline.within(stubborn.work(), seconds=0.01)

    assert not stubborn.ended.is_set()
    await stubborn.cancelled.wait()
    stubborn.let_go.set()
    await stubborn.ended.wait()


async def test_a_caller_who_is_cancelled_cancels_the_work() -> None:
    stubborn = Stubborn()
    stubborn.let_go.set()
    caller = asyncio.create_task(deadline.within(stubborn.work(), seconds=60))
    await stubborn.begun.wait()

    caller.cancel()

    with pytest.raises(asyncio.CancelledError):
        await caller
    await stubborn.ended.wait()
