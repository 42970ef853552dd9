"""What a door gets back, a `Reply`: an answer that is there, or one on its way."""

from collections.abc import AsyncIterator, Awaitable, Callable

import orjson

from semcache import errors
from semcache.gateway.boarding import Boarded, failure
from semcache.types import completion
from semcache.types.answer import Answer
from semcache.types.flight import Chunk, Event, Failed
from semcache.types.reply import Head
from semcache.types.timings import Timings


class HitReply:
    """An answer that is there, from a level."""

    def __init__(self, *, head: Head, answer: Answer) -> None:
        self.head = head
        self.known: Answer | None = answer
        self.stored = False
        self._answer = answer

    async def answer(self) -> Answer:
        return self._answer

    async def chunks(self) -> AsyncIterator[bytes]:
        for chunk in completion.replay(orjson.loads(self._answer.body)):
            if chunk["choices"]:
                yield orjson.dumps(chunk)

    async def aclose(self) -> None:
        return None


class FlightReply:
    """An answer on its way. Its first event is there, so that what fails early has a status.

    Args:
        boarded: the seat on the flight.
        again: gets another seat, for a reader that has passed nothing on yet.
        kept: told of the answer, when it was kept.
    """

    def __init__(
        self,
        *,
        head: Head,
        boarded: Boarded,
        again: Callable[[], Awaitable[Boarded | None]],
        kept: Callable[[Answer], None] = lambda _: None,
        timings: Timings,
    ) -> None:
        self.head = head
        self.known: Answer | None = None
        self.stored = False
        self._boarded = boarded
        self._again = again
        self._kept = kept
        self._timings = timings

    async def answer(self) -> Answer:
        while self.known is None:
            try:
                async for _ in self._events():
                    pass
            except errors.FlightLostError:
                boarded = await self._again()
                assert boarded is not None
                self._boarded = boarded
        return self.known

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._events():
                if not chunk.closing:
                    yield chunk.data
        except errors.FlightLostError as error:
            raise errors.UpstreamError("The worker was lost in mid-answer.") from error

    async def aclose(self) -> None:
        self._boarded.seat.leave()

    async def _events(self) -> AsyncIterator[Chunk]:
        """Give the chunks; remember the answer they add up to."""
        try:
            event: Event = self._boarded.first
            while isinstance(event, Chunk):
                yield event
                event = await anext(self._boarded.rest)
            if isinstance(event, Failed):
                raise failure(event)
            self.known, self.stored = event.answer, event.stored
            self._timings.spans += event.timings
            if self.stored:
                self._kept(event.answer)
        finally:
            self._boarded.seat.leave()
