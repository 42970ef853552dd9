"""A Redis connection that pipelines what arrives together.

Commands of concurrent requests share one write and one read; a general client takes a connection,
a lock and several coroutines for each (measured: docs/decisions/0003-redis-client.md).
"""

import asyncio
import hashlib
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import hiredis

from semcache.errors import CacheFaultError


class Pipe:
    """One connection, shared by all coroutines of a process. Connects when first used.

    Args:
        url: redis://, rediss:// or unix://, as redis-py reads them.
        timeout_s: how long a command may take before it counts as a fault.
    """

    def __init__(self, *, url: str, timeout_s: float = 1.0) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._wire: _Wire | None = None
        self._known: dict[bytes, bytes] = {}
        self._connecting: asyncio.Task[_Wire] | None = None

    async def get(self, key: bytes) -> bytes | None:
        """GET.

        Raises:
            CacheFaultError: no connection, no answer in time, or an error reply.
        """
        reply: bytes | None = await self.command(b"GET", key)
        return reply

    async def command(self, *parts: bytes) -> Any:
        """Send one command and wait for its reply.

        Raises:
            CacheFaultError: no connection, no answer in time, or an error reply.
        """
        wire = self._wire
        if wire is None or not wire.open:
            wire = await self._connect()
        waiter = wire.send(parts)
        timer = asyncio.get_running_loop().call_later(self._timeout_s, wire.expire, waiter)
        try:
            return await waiter
        finally:
            timer.cancel()

    async def script(self, text: bytes, keys: Sequence[str | bytes], values: Sequence[Any]) -> Any:
        """Run Lua; Redis is told the text only where it does not know it yet.

        Raises:
            CacheFaultError: as above.
        """
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = hashlib.sha1(text).hexdigest().encode()  # noqa: S324
        rest = (b"%d" % len(keys), *(_bytes(part) for part in (*keys, *values)))
        try:
            return await self.command(b"EVALSHA", known, *rest)
        except CacheFaultError as error:
            if "NOSCRIPT" not in error.message:
                raise
        return await self.command(b"EVAL", text, *rest)

    def close(self) -> None:
        if self._wire is not None:
            self._wire.close("closed")

    async def _connect(self) -> "_Wire":
        """Join the attempt to connect that is under way, or begin one."""
        if self._connecting is None:
            self._connecting = asyncio.ensure_future(self._dial())
            self._connecting.add_done_callback(self._settle)
        return await asyncio.shield(self._connecting)

    def _settle(self, attempt: "asyncio.Task[_Wire]") -> None:
        self._connecting = None
        if not attempt.cancelled() and attempt.exception() is None:
            self._wire = attempt.result()

    async def _dial(self) -> "_Wire":
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._greet(await self._open())
        except (OSError, TimeoutError) as error:
            raise CacheFaultError(f"Redis cannot be reached: {error}") from error

    async def _open(self) -> "_Wire":
        loop, parts = asyncio.get_running_loop(), urlsplit(self._url)
        if parts.scheme == "unix":
            _, wire = await loop.create_unix_connection(_Wire, unquote(parts.path))
            return wire
        secure = ssl.create_default_context() if parts.scheme == "rediss" else None
        host, port = parts.hostname or "localhost", parts.port or 6379
        _, wire = await loop.create_connection(_Wire, host, port, ssl=secure)
        return wire

    async def _greet(self, wire: "_Wire") -> "_Wire":
        parts = urlsplit(self._url)
        if parts.password:
            user = [unquote(parts.username).encode()] if parts.username else []
            await wire.send((b"AUTH", *user, unquote(parts.password).encode()))
        path = "" if parts.scheme == "unix" else parts.path.strip("/")
        if database := parse_qs(parts.query).get("db", [path])[0]:
            await wire.send((b"SELECT", database.encode()))
        return wire


def _bytes(part: Any) -> bytes:
    return part if isinstance(part, bytes) else str(part).encode()


class _Wire(asyncio.Protocol):
    """One connection: commands go out together, replies come back in order."""

    def __init__(self) -> None:
        self.open = False
        self._transport: asyncio.WriteTransport | None = None
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._reader = hiredis.Reader()
        self._outbox: list[bytes] = []

    def send(self, parts: tuple[bytes, ...]) -> "asyncio.Future[Any]":
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Any] = loop.create_future()
        self._waiting.append(waiter)
        if not self._outbox:
            loop.call_soon(self._flush)
        self._outbox.append(hiredis.pack_command(parts))  # type: ignore[arg-type]
        return waiter

    def expire(self, waiter: "asyncio.Future[Any]") -> None:
        """Give up a command, and with it the connection: later replies would not match."""
        if not waiter.done():
            self.close("no answer in time")

    def close(self, reason: str) -> None:
        self.open = False
        if self._transport is not None:
            self._transport.abort()
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(CacheFaultError(f"Redis: {reason}"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.close(str(exc or "hung up"))

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            waiter = self._waiting.popleft()
            if waiter.done():
                continue
            if isinstance(reply, hiredis.HiredisError):
                waiter.set_exception(CacheFaultError(f"Redis: {reply}"))
            else:
                waiter.set_result(reply)

    def _flush(self) -> None:
        outbox, self._outbox = self._outbox, []
        if self.open and self._transport is not None:
            self._transport.write(b"".join(outbox))
