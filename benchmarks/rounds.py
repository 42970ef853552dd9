"""Rounds, with a bar that shows how far they are: the same work again, so that noise shows."""

from collections.abc import Iterator

from rich.console import Console
from rich.progress import track


def progress(count: int, *, title: str) -> Iterator[int]:
    """Count rounds; the bar goes to standard error, beside the table on standard output."""
    yield from track(range(count), description=title, console=Console(stderr=True))
