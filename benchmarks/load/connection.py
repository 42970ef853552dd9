"""One keep-alive HTTP/1.1 connection on a raw asyncio protocol: parses just enough to time."""

import asyncio
import re
from collections.abc import Callable
from time import perf_counter
from typing import cast

FIRST_TOKEN = re.compile(rb'"(?:content|refusal)":\s*"[^"]')
LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)")
LEVEL = re.compile(rb"\r\nx-semcache:\s*([^\r]*)")


class Connection(asyncio.Protocol):
    """Sends one request at a time; calls `done(connection)` when it is answered or cut.

    After `done` the attributes tell of the last answer: `status` is 0 where it was cut,
    `first_token_at` 0.0 where the answer was no stream. `usable` says if it may send again.
    """

    def __init__(self, done: Callable[["Connection"], None]) -> None:
        self._done = done
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._body_at = 0
        self._end_at = 0
        self._chunked = False
        self._busy = False
        self.usable = False
        self.started_at = 0.0
        self.answered_at = 0.0
        self.first_token_at = 0.0
        self.status = 0
        self.level = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self.usable = True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the protocol's
        self.usable = False
        if self._busy:
            self.status = 0
            self._finish()

    def send(self, request: bytes, *, started_at: float) -> None:
        """Send; latency counts from `started_at`, a reading of `time.perf_counter`."""
        assert self._transport is not None
        self._buffer = b""
        self._body_at = self.status = 0
        self.first_token_at = 0.0
        self.level = ""
        self._busy = True
        self.started_at = started_at
        self._transport.write(request)

    def close(self) -> None:
        self._busy = False
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._body_at and not self._read_head():
            return
        if self._chunked:
            if not self.first_token_at and FIRST_TOKEN.search(self._buffer, self._body_at):
                self.first_token_at = perf_counter()
            complete = self._read_chunks()
        else:
            complete = len(self._buffer) >= self._end_at
        if complete:
            self._finish()

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self._buffer[:end].lower()
        self.status = int(head[9:12])
        length = LENGTH.search(head)
        self._chunked = length is None
        self._body_at = end + 4
        self._end_at = self._body_at + (int(length[1]) if length else 0)
        level = LEVEL.search(head)
        self.level = level[1].decode("latin-1") if level else ""
        if b"\r\nconnection: close" in head:
            self.usable = False
        return True

    def _read_chunks(self) -> bool:
        """Walk over complete chunks; `_end_at` stands where the next one begins."""
        while True:
            line_end = self._buffer.find(b"\r\n", self._end_at)
            if line_end < 0:
                return False
            size = int(self._buffer[self._end_at : line_end], 16)
            next_at = line_end + 2 + size + 2
            if len(self._buffer) < next_at:
                return False
            if size == 0:
                return True
            self._end_at = next_at

    def _finish(self) -> None:
        self._busy = False
        self.answered_at = perf_counter()
        if not self.usable and self._transport is not None:
            self._transport.abort()
        self._done(self)
