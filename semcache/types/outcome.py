from dataclasses import dataclass
from enum import StrEnum

from semcache.types.usage import Usage


class Source(StrEnum):
    """Where an answer came from; the value of the `x-semcache` header.

    `AUDIT` is no response's: an answer that was asked for to check another one.
    """

    EXACT = "hit-exact"
    SEMANTIC = "hit-semantic"
    MISS = "miss"
    COLLAPSED = "collapsed"
    STALE = "stale"
    BYPASS = "bypass"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened to one request, for the observers. `error` names the class that ended it."""

    tenant_id: int
    model: str
    source: Source
    usage: Usage
    cost_usd: float = 0.0
    saved_usd: float = 0.0
    error: str | None = None
