from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Messages worth asking, and where they were found."""

    messages: tuple[dict[str, Any], ...]
    where: str


class Source(Protocol):
    """Gives prompts.

    Raises:
        ValueError: a prompt cannot be read; says where.
    """

    def prompts(self) -> Iterator[Prompt]: ...
