"""What a flight brings. The worker appends to one Redis stream; leader and followers tail it.

All readers of a flight in this process share one tail: a thousand equal requests cost Redis one
blocking read, and the worker sees one reader.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import msgspec

from semcache.errors import CacheFaultError, FlightLostError, SemcacheError
from semcache.flight.claim import Claims
from semcache.types.flight import Chunk, Done, Event, Failed, Ticket

_BLOCK_MS = 1_000
_BATCH = 500

_encode = msgspec.msgpack.Encoder().encode
_decoder: "msgspec.msgpack.Decoder[Event]" = msgspec.msgpack.Decoder(Event)


def pack(event: Event) -> bytes:
    return _encode(event)


class Line(Protocol):
    """A connection to Redis that may be blocked on.

    Raises:
        CacheFaultError: Redis is away.
    """

    async def command(self, *parts: bytes) -> Any: ...

    def close(self) -> None: ...


class Tails:
    """The flights this process reads.

    Args:
        claims: tells whether a flight is still held.
        dial: makes a connection; each flight that is read has one to itself while it lasts.
    """

    def __init__(self, *, claims: Claims, dial: Callable[[], Line]) -> None:
        self._claims = claims
        self._dial = dial
        self._lines: list[Line] = []
        self._reader = uuid.uuid4().hex
        self._tails: dict[tuple[str, int], _Tail] = {}
        self._farewells: set[asyncio.Task[None]] = set()

    def join(self, ticket: Ticket) -> "Seat":
        """Take a seat on a flight, from its first event on; `leave` it when done."""
        place = (ticket.key, ticket.token)
        tail = self._tails.get(place)
        if tail is None:
            tail = self._tails[place] = _Tail()
            tail.task = asyncio.create_task(self._follow(ticket, tail))
        tail.seats += 1
        return Seat(tail=tail, leave=lambda: self._leave(ticket, tail))

    @property
    def open(self) -> int:
        return len(self._tails)

    def _leave(self, ticket: Ticket, tail: "_Tail") -> None:
        tail.seats -= 1
        if tail.seats > 0:
            return
        self._tails.pop((ticket.key, ticket.token), None)
        if tail.task is not None and not tail.task.done():
            tail.task.cancel()
            farewell = asyncio.create_task(self._say_farewell(ticket))
            self._farewells.add(farewell)
            farewell.add_done_callback(self._farewells.discard)

    async def _say_farewell(self, ticket: Ticket) -> None:
        """Tell the worker at once that nobody here reads any more; else it finds out in a while."""
        with contextlib.suppress(CacheFaultError):
            await self._claims.leave(ticket, reader=self._reader)

    async def _follow(self, ticket: Ticket, tail: "_Tail") -> None:
        """Read events into the tail until the last one, or until the flight is lost."""
        line = self._lines.pop() if self._lines else self._dial()
        try:
            await self._read(ticket, tail, line)
        except SemcacheError as error:
            tail.fail(error)
            line.close()
        except BaseException:  # cancelled in the middle of a blocking read
            line.close()
            raise
        else:
            self._lines.append(line)

    async def _read(self, ticket: Ticket, tail: "_Tail", line: Line) -> None:
        log, last = self._claims.log(ticket).encode(), b"0-0"
        flying, attend_at, loop = True, 0.0, asyncio.get_running_loop()
        while True:
            if loop.time() >= attend_at:
                flying = await self._claims.attend(ticket, reader=self._reader)
                attend_at = loop.time() + _BLOCK_MS / 1000
            block = (b"BLOCK", b"%d" % _BLOCK_MS) if flying else ()
            found = await line.command(
                b"XREAD", b"COUNT", b"%d" % _BATCH, *block, b"STREAMS", log, last
            )
            if not found and not flying:
                raise FlightLostError("The worker is gone.")
            for _, entries in found or ():
                last = entries[-1][0]
                if tail.take([_decoder.decode(event) for _, (_, event) in entries]):
                    return

    def close(self) -> None:
        """Hang up."""
        for line in self._lines:
            line.close()


class _Tail:
    """The events of one flight so far, and who waits for more."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.error: SemcacheError | None = None
        self.seats = 0
        self.task: asyncio.Task[None] | None = None
        self.changed = asyncio.Event()

    def take(self, events: list[Event]) -> bool:
        """Add events; answers whether the last one has come."""
        self.events += events
        self._wake()
        return isinstance(self.events[-1], Done | Failed)

    def fail(self, error: SemcacheError) -> None:
        self.error = error
        self._wake()

    def _wake(self) -> None:
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


class Seat:
    """One reader of a flight."""

    def __init__(self, *, tail: _Tail, leave: Callable[[], None]) -> None:
        self._tail = tail
        self._leave: Callable[[], None] | None = leave

    async def events(self) -> AsyncIterator[Event]:
        """Give all events from the first to the last.

        Raises:
            FlightLostError: the worker died; another may fly.
            CacheFaultError: Redis is away.
        """
        position = 0
        while True:
            changed = self._tail.changed
            while position < len(self._tail.events):
                event = self._tail.events[position]
                position += 1
                yield event
                if not isinstance(event, Chunk):
                    return
            if self._tail.error is not None:
                raise self._tail.error
            if changed is self._tail.changed:
                await changed.wait()

    def leave(self) -> None:
        """Get up; safe to call twice."""
        if self._leave is not None:
            self._leave()
            self._leave = None
