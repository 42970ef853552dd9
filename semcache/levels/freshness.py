"""Is a found answer fresh enough for this caller? Pure; RFC 9111 section 5.2.1."""

from semcache.types.answer import Answer
from semcache.types.controls import Controls


def allows(answer: Answer, *, controls: Controls, now: float) -> bool:
    """Say whether `answer` may be served at `now` (seconds since the epoch)."""
    if controls.max_age_s is not None and answer.age_s(now=now) > controls.max_age_s:
        return False
    ttl_s = answer.ttl_s(now=now)
    if controls.min_fresh_s is not None and ttl_s < controls.min_fresh_s:
        return False
    if ttl_s >= 0:
        return True
    return controls.max_stale_s is not None and -ttl_s <= controls.max_stale_s
