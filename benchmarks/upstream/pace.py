"""How fast the fake provider answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How the server answers: time to the first token, tokens an answer, time between tokens."""

    delay_s: float
    tokens: int
    token_interval_s: float
    dimensions: int = 384
