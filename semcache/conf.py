"""The only reader of settings."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Conf:
    """What an operator set; docs/reference/settings.md explains each."""

    database_url: str
    redis_url: str
    key_prefix: str
    providers_file: str
    model_url: str
    encoder: str
    encoder_threads: int
    cross_encoder: str
    cross_encoder_unproven: bool
    gray_zone: float
    threshold: float
    max_error: float
    audit_share: float
    audit_usd_per_day: float
    judge_model: str
    shadow_encoder: str
    max_temperature: float
    ttl_s: int
    max_ttl_s: int
    keep_stale_s: int
    max_body_bytes: int
    deadline_s: float
    connect_timeout_s: float
    token_timeout_s: float
    abandon_after_s: float
    lease_s: float
    explain_keep_s: int


def load() -> Conf:
    return Conf(**settings.SEMCACHE)
