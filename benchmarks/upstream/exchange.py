"""One request to the fake provider, and the answer that is being sent."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class HungUpError(Exception):
    """The client closed the connection before its answer was complete."""


class Exchange:
    """Reads the body, then sends; each pause ends at once when the client hangs up."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.path: str = scope["path"]
        self.headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        self.body: Any = None
        self._receive = receive
        self._send = send
        self._gone: asyncio.Future[Message] | None = None

    @property
    def wants_stream(self) -> bool:
        return self.body.get("stream") is True

    @property
    def wants_usage(self) -> bool:
        return bool((self.body.get("stream_options") or {}).get("include_usage"))

    async def read(self) -> None:
        """Read the body as JSON; what is no JSON is kept as text.

        Raises:
            HungUpError: The client left before it had sent everything.
        """
        raw = b""
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise HungUpError
            raw += message.get("body", b"")
            more = message.get("more_body", False)
        try:
            self.body = orjson.loads(raw) if raw else None
        except orjson.JSONDecodeError:
            self.body = raw.decode("utf-8", "replace")

    async def pause(self, seconds: float | None) -> None:
        """Wait, for ever where `seconds` is None.

        Raises:
            HungUpError: The client closed the connection meanwhile.
        """
        if seconds is not None and seconds <= 0:
            return
        if self._gone is None:
            self._gone = asyncio.ensure_future(self._receive())
        done, _ = await asyncio.wait({self._gone}, timeout=seconds)
        if done:
            raise HungUpError

    async def start(
        self, status: int, *, content_type: str, headers: dict[str, str] | None = None
    ) -> None:
        named = {"content-type": content_type, **(headers or {})}
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def write(self, body: bytes) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def finish(self, body: bytes = b"") -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def whole(
        self,
        body: bytes,
        *,
        status: int = 200,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Send a complete answer in one piece."""
        sized = {"content-length": str(len(body)), **(headers or {})}
        await self.start(status, content_type=content_type, headers=sized)
        await self.finish(body)

    async def json(
        self, value: Any, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        await self.whole(json_bytes(value), status=status, headers=headers)

    async def start_events(self) -> None:
        await self.start(200, content_type="text/event-stream; charset=utf-8")

    async def event(self, value: Any) -> None:
        await self.write(event_bytes(value))

    async def done(self) -> None:
        await self.finish(b"data: [DONE]\n\n")

    def close(self) -> None:
        if self._gone is not None:
            self._gone.cancel()


def event_bytes(value: Any) -> bytes:
    """Render one `data:` event, UTF-8 unescaped."""
    return b"data: " + orjson.dumps(value) + b"\n\n"


def json_bytes(value: Any) -> bytes:
    return orjson.dumps(value)
