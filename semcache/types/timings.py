import time
from collections.abc import Iterator
from contextlib import contextmanager


class Timings:
    """Where a request's time went, in milliseconds, in the order of its way."""

    __slots__ = ("spans",)

    def __init__(self) -> None:
        self.spans: list[tuple[str, float]] = []

    def add(self, name: str, duration_ms: float) -> None:
        self.spans.append((name, duration_ms))

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, (time.perf_counter() - begun) * 1e3)
