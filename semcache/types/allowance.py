from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is left to a key. `per_minute`: its limit; `reset_s`: until all of it is there again."""

    per_minute: int
    left: int
    reset_s: float
