from dataclasses import dataclass
from typing import Literal, get_args

Mode = Literal["off", "exact", "semantic"]
Priority = Literal["interactive", "default", "batch", "background"]

MODES: tuple[Mode, ...] = get_args(Mode)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What the caller asks of the cache; None leaves it to the policy.

    `max_age_s`, `min_fresh_s` and `max_stale_s` are RFC 9111's; `max_stale_s` is infinite where
    the caller named no bound.
    """

    serve: bool = True
    store: bool = True
    only_if_cached: bool = False
    max_age_s: float | None = None
    min_fresh_s: float | None = None
    max_stale_s: float | None = None
    mode: Mode | None = None
    max_error: float | None = None
    ttl_s: int | None = None
    namespace: str = ""
    tags: tuple[str, ...] = ()
    priority: Priority = "interactive"


PLAIN = Controls()
