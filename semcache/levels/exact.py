"""L1: the exact request in Redis, one round trip."""

import asyncio

from semcache.levels import record
from semcache.levels.pipe import Pipe
from semcache.types.answer import Hit


class ExactLevel:
    """Answers by fingerprint.

    Args:
        pipe: the Redis connection of this process.
        prefix: begins every key, so that several products share a server.
    """

    name = "exact"

    def __init__(self, *, pipe: Pipe, prefix: str) -> None:
        self._pipe = pipe
        self._prefix = prefix

    async def find(self, fingerprint: bytes) -> Hit | None:
        """Look an answer up; it may be stale, or promoted from another question.

        Raises:
            CacheFaultError: Redis is away.
        """
        data = await self._pipe.get(self.key(fingerprint))
        return None if data is None else record.decode(data)

    async def put(self, fingerprint: bytes, hit: Hit, *, keep_s: float) -> None:
        """Keep an answer for `keep_s` seconds, and remember under which names an entry is kept.

        Raises:
            CacheFaultError: Redis is away.
        """
        keep_ms = max(1, int(keep_s * 1000))
        px = b"%d" % keep_ms
        names = self._names(hit.answer.entry_id)
        await asyncio.gather(
            self._pipe.command(b"SET", self.key(fingerprint), record.encode(hit), b"PX", px),
            self._pipe.command(b"SADD", names, fingerprint),
            self._pipe.command(b"PEXPIRE", names, px, b"NX"),
            self._pipe.command(b"PEXPIRE", names, px, b"GT"),
        )

    async def drop(self, entry_id: int) -> None:
        """Forget an entry under every name it is kept.

        Raises:
            CacheFaultError: Redis is away.
        """
        names = self._names(entry_id)
        for fingerprint in await self._pipe.command(b"SMEMBERS", names):
            await self._pipe.command(b"DEL", self.key(fingerprint))
        await self._pipe.command(b"DEL", names)

    def key(self, fingerprint: bytes) -> bytes:
        """Name where an answer lies in Redis."""
        return b"%b:{%b}:x" % (self._prefix.encode(), fingerprint.hex().encode())

    def _names(self, entry_id: int) -> bytes:
        return b"%b:entry:{%d}:names" % (self._prefix.encode(), entry_id)
