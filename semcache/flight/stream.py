"""What a flight brings. The worker appends to one Redis stream; leader and followers tail it.

All readers of a flight in this process share one tail: a thousand equal requests cost Redis one
blocking read, and the worker sees one reader.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable

import msgspec
import redis.asyncio as redis
from redis.exceptions import RedisError

from semcache.errors import CacheFaultError, FlightLostError, SemcacheError
from semcache.flight.claim import Claims
from semcache.types.flight import Chunk, Done, Event, Failed, Ticket

_BLOCK_MS = 1_000
_BATCH = 500

_encode = msgspec.msgpack.Encoder().encode
_decoder: "msgspec.msgpack.Decoder[Event]" = msgspec.msgpack.Decoder(Event)


def pack(event: Event) -> bytes:
    return _encode(event)


class Tails:
    """The flights this process reads.

    Args:
        client: Redis with a pool of its own: each flight read occupies a connection.
        claims: tells whether a flight is still held.
    """

    def __init__(self, *, client: "redis.Redis", claims: Claims) -> None:
        self._client = client
        self._claims = claims
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
        log, last = self._claims.log(ticket), b"0-0"
        flying, attend_at, loop = True, 0.0, asyncio.get_running_loop()
        try:
            while True:
                if loop.time() >= attend_at:
                    flying = await self._claims.attend(ticket, reader=self._reader)
                    attend_at = loop.time() + _BLOCK_MS / 1000
                block = _BLOCK_MS if flying else None
                found = await self._client.xread({log: last}, count=_BATCH, block=block)
                if not found and not flying:
                    raise FlightLostError("The worker is gone.")
                for _, entries in _streams(found):
                    last = entries[-1][0]
                    if tail.take([_decoder.decode(fields[b"e"]) for _, fields in entries]):
                        return
        except SemcacheError as error:
            tail.fail(error)
        except (RedisError, OSError) as error:
            tail.fail(CacheFaultError(f"Redis: {error}"))


def _streams(found: object) -> list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]:
    """Give XREAD's answer one shape: RESP2 lists pairs, RESP3 maps names to lists of lists."""
    if isinstance(found, dict):
        return [(name, parts[0]) for name, parts in found.items() if parts and parts[0]]
    return found or []  # type: ignore[return-value]


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
