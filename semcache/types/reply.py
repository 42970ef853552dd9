from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from semcache.types.answer import Answer
from semcache.types.outcome import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is known before the first byte. `passed`: levels that were asked and had nothing.

    `detail`: why the cache was passed by. `asked`: the caller asked for that.
    """

    source: Source
    passed: tuple[str, ...] = ()
    level: str | None = None
    similarity: float | None = None
    probability: float | None = None
    detail: str | None = None
    asked: bool = False


class Reply(Protocol):
    """What a door gets back: an answer that is there, or one that is on its way.

    `known`: the answer, as soon as it is whole. `stored`: it was kept.
    """

    head: Head
    known: Answer | None
    stored: bool

    async def answer(self) -> Answer:
        """Wait for the whole answer.

        Raises:
            SemcacheError: there will be none.
        """

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the answer as chunks of JSON, usage in a last one of its own.

        Raises:
            SemcacheError: it broke off; what came before is no answer.
        """

    async def aclose(self) -> None:
        """Leave; the last reader to leave a flight lets it go."""
