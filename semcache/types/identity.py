from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an operator set for a tenant and model; None inherits from the next wider policy."""

    model: str = "*"
    mode: str | None = None
    threshold: float | None = None
    max_error: float | None = None
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
    requests_per_minute: int | None = None
