"""What every door of /v1/ does first: a request id, the body within its limit, who asks."""

import re
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from semcache.errors import TooLargeError
from semcache.types.allowance import Allowance
from semcache.types.identity import Identity
from semcache.types.timings import Timings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,200}")
# A body over the limit is read to its end and thrown away, so that the connection stays usable;
# beyond this many limits it is not worth it.
_DRAIN_LIMITS = 16


class HungUpError(Exception):
    """The caller is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """Who came in with what. `said`: the parsed body."""

    request_id: str
    identity: Identity
    allowance: Allowance | None
    headers: Mapping[str, str]
    said: dict[str, Any]
    timings: Timings


def headers(scope: Mapping[str, Any]) -> dict[str, str]:
    """Give the headers with names in lower case; repeated ones are joined by a comma."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def request_id(given: Mapping[str, str]) -> str:
    """Take the caller's id, or make one."""
    asked = given.get("x-request-id", "")
    return asked if _REQUEST_ID.fullmatch(asked) else f"req_{uuid.uuid4().hex}"


async def read(receive: Receive, *, limit_bytes: int) -> bytes:
    """Read a body.

    Raises:
        TooLargeError: it is over the limit.
        HungUpError: the caller is gone.
    """
    parts: list[bytes] = []
    size_bytes = 0
    more = True
    while more and size_bytes <= limit_bytes * _DRAIN_LIMITS:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HungUpError
        part = message.get("body", b"")
        size_bytes += len(part)
        if size_bytes <= limit_bytes:
            parts.append(part)
        else:
            parts.clear()
        more = message.get("more_body", False)
    if size_bytes > limit_bytes:
        raise TooLargeError(f"The body is over {limit_bytes} bytes.")
    return parts[0] if len(parts) == 1 else b"".join(parts)
