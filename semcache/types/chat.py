from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A chat request as it came in.

    `body` holds the provider's fields as sent, unknown ones too, without the cache controls.
    """

    model: str
    body: Mapping[str, Any]
    stream: bool = False
    include_usage: bool = False
