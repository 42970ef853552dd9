"""What the load generator is asked to send, and what came of it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Requests to send over `connections` kept-alive connections.

    Without `rate_per_s` the loop is closed: a connection sends its next request when the last
    one is answered. With it the loop is open: requests are due at fixed times, and a latency
    counts from the time at which its request was due, so that a stall is not left out.

    `bodies` are sent in turn until `requests` are sent or `duration_s` is over; without either
    each body is sent once. `path` and `headers` are the same for all.
    """

    host: str
    port: int
    path: str
    bodies: list[str]
    headers: dict[str, str] = field(default_factory=dict)
    connections: int = 1
    requests: int | None = None
    duration_s: float | None = None
    rate_per_s: float | None = None
    timeout_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was measured, in milliseconds.

    `latencies_ms` holds answers of status 200 by the value of their `x-semcache` header ("" where
    there is none), `first_token_ms` those of them that were streamed, by the same. `statuses`
    counts every answer. `unanswered` requests were cut, or not answered within the plan's time.
    """

    latencies_ms: dict[str, list[float]] = field(default_factory=dict)
    first_token_ms: dict[str, list[float]] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    unanswered: int = 0
    elapsed_s: float = 0.0

    @property
    def good(self) -> int:
        """Count the answers of status 200."""
        return self.statuses.get(200, 0)

    @property
    def failed(self) -> int:
        return self.unanswered + sum(self.statuses.values()) - self.good

    @property
    def per_s(self) -> float:
        return self.good / self.elapsed_s if self.elapsed_s else 0.0

    def of(self, level: str) -> list[float]:
        """List the latencies of one level."""
        return self.latencies_ms.get(level, [])

    def others(self, level: str) -> int:
        """Count the good answers that came from another level."""
        return self.good - len(self.of(level))
