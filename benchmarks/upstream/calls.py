"""What the fake provider was asked so far, and what is open now."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

KEPT = 10_000


@dataclass(slots=True, kw_only=True)
class Calls:
    """Counters of one server; the newest `KEPT` requests are kept with headers and body."""

    count: int = 0
    generations: int = 0
    cut_by_client: int = 0
    open_requests: int = 0
    open_streams: int = 0
    kept: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def record(self, *, path: str, headers: dict[str, str], body: Any) -> None:
        self.count += 1
        self.kept.append({"path": path, "headers": headers, "body": body})

    def next_generation(self) -> int:
        self.generations += 1
        return self.generations

    def reset(self) -> None:
        """Forget what was asked; what is open stays counted, it is still open."""
        self.count = self.generations = self.cut_by_client = 0
        self.kept.clear()

    def snapshot(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "generations": self.generations,
            "open_requests": self.open_requests,
            "open_streams": self.open_streams,
            "cut_by_client": self.cut_by_client,
            "calls": list(self.kept),
        }
