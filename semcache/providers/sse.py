"""Server-sent events, as they come in (WHATWG HTML, section 9.2).

Lines end at CR, LF or CRLF only. `str.splitlines`, which general HTTP clients use, also breaks at
U+2028 and U+0085, which JSON strings may hold.
"""

import codecs
import re
from collections.abc import AsyncIterator

from semcache.errors import UpstreamError

LINE_LIMIT_BYTES = 16 * 2**20
_LINE_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")


async def data(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Give the data of each event.

    Raises:
        UpstreamError: a line has no end.
    """
    buffer, fields, mark = b"", [], codecs.BOM_UTF8
    async for part in parts:
        *lines, buffer = _LINE_END.split((buffer + part).removeprefix(mark))
        mark = b""
        if len(buffer) > LINE_LIMIT_BYTES:
            raise UpstreamError("The provider sent a line without an end.")
        for line in lines:
            if line.startswith(b"data:"):
                fields.append(line[5:].removeprefix(b" "))
            elif not line and fields:
                yield b"\n".join(fields)
                fields = []
    if buffer.startswith(b"data:"):
        fields.append(buffer[5:].strip())
    if fields:
        yield b"\n".join(fields)
