from dataclasses import dataclass

from semcache.types.decision import Caution, Conversations, Decider
from semcache.types.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an operator set for a tenant, model and category; None inherits from the next wider."""

    model: str = "*"
    category: str = ""
    mode: str | None = None
    decider: Decider | None = None
    threshold: float | None = None
    max_error: float | None = None
    caution: Caution | None = None
    conversations: Conversations | None = None
    audit_share: float | None = None
    audit_usd_per_day: float | None = None
    shadow_decider: Decider | None = None
    shadow_threshold: float | None = None
    shadow_max_error: float | None = None
    max_temperature: float | None = None
    ttl_s: int | None = None
    max_ttl_s: int | None = None
    keep_stale_s: int | None = None
    keep_truncated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks. `salt` keys the entry handles, so that they tell nothing to another tenant."""

    tenant_id: int
    tenant: str
    key_id: str
    salt: bytes
    policies: tuple[Policy, ...] = ()
    standings: tuple[Standing, ...] = ()
    requests_per_minute: int | None = None
