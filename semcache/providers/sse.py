"""Server-sent events, as they come in (WHATWG HTML, section 9.2).

Lines end at CR, LF or CRLF only. `str.splitlines`, which general HTTP clients use, also breaks at
U+2028 and U+0085, which JSON strings may hold.
"""

import codecs
import re
from collections.abc import AsyncIterator

from semcache.errors import UpstreamError

LINE_LIMIT_BYTES = 16 * 2**20
_LINE_END = re.compile(rb"\r\n|\n|\r")


async def data(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Give the data of each event.

    Raises:
        UpstreamError: a line has no end.
    """
    fields: list[bytes] = []
    async for line in _lines(parts):
        if line.startswith(b"data:"):
            fields.append(line[5:].removeprefix(b" "))
        elif not line and fields:
            yield b"\n".join(fields)
            fields = []
    if fields:
        yield b"\n".join(fields)


async def _lines(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Cut at line ends; each byte is looked at once, however long its line."""
    begun: list[bytes] = []
    size_bytes, mark, held = 0, codecs.BOM_UTF8, b""
    async for part in parts:
        data, mark = (held + part).removeprefix(mark), b""
        held = b"\r" if data.endswith(b"\r") else b""  # perhaps half a CRLF
        first, *rest = _LINE_END.split(data.removesuffix(held))
        begun.append(first)
        size_bytes += len(first)
        if size_bytes > LINE_LIMIT_BYTES:
            raise UpstreamError("The provider sent a line without an end.")
        if rest:
            yield b"".join(begun)
            for line in rest[:-1]:
                yield line
            begun, size_bytes = [rest[-1]], len(rest[-1])
    yield b"".join(begun)
