"""What a worker has for the flight's log, sent on as fast as Redis takes it.

A token that finds Redis idle goes out at once; those that come while one is on its way go out
together. So a slow provider's tokens do not wait, and a fast one's cost few round trips.
"""

import asyncio

from semcache.flight.claim import Claims
from semcache.types.flight import Ticket


class Outbox:
    """The way of one flight's events to its log, in order."""

    def __init__(self, *, claims: Claims, ticket: Ticket, keep_s: float) -> None:
        self._claims = claims
        self._ticket = ticket
        self._keep_s = keep_s
        self._waiting: list[bytes] = []
        self._sending: asyncio.Task[None] | None = None

    def put(self, event: bytes) -> None:
        """Send an event on.

        Raises:
            FlightLostError: the claim is another's; an earlier event found out.
            CacheFaultError: Redis is away.
        """
        if self._sending is not None and self._sending.done():
            self._sending.result()
            self._sending = None
        self._waiting.append(event)
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())

    async def finish(self, event: bytes) -> None:
        """Send the last event, after all others, and give the claim up.

        Raises:
            FlightLostError, CacheFaultError: as above.
        """
        if self._sending is not None:
            await self._sending
        await self._claims.finish(self._ticket, [*self._waiting, event])

    def close(self) -> None:
        """Stop sending."""
        if self._sending is not None:
            self._sending.cancel()

    async def _send(self) -> None:
        while self._waiting:
            events, self._waiting = self._waiting, []
            await self._claims.append(self._ticket, events, keep_s=self._keep_s)
