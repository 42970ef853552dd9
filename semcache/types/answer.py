from dataclasses import dataclass

from semcache.types.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished answer. Times are seconds since the epoch; `cost_usd` is None where unknown.

    `body`: the response as the provider's JSON, whole. `handle`: the entry's opaque id, keyed per
    tenant.
    """

    entry_id: int
    handle: str
    body: bytes
    created_at: float
    expires_at: float
    cost_usd: float | None
    usage: Usage

    def age_s(self, *, now: float) -> float:
        """Seconds since it was generated; a clock that jumped back gives 0."""
        return max(0.0, now - self.created_at)

    def ttl_s(self, *, now: float) -> float:
        """Seconds it stays fresh; negative when stale."""
        return self.expires_at - now


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An answer that a level found.

    `similarity`: cosine between the two questions, where the answer was given to another one, and
    `probability` that it fits; a copy that was promoted to the exact level still says both.
    """

    level: str
    answer: Answer
    similarity: float | None = None
    probability: float | None = None
