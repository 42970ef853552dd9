"""What cannot work is refused at start, each with a stable id. `manage.py check` runs them."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from semcache import conf

_ENCODERS = ("onnx", "hashing", "sentence:", "remote:")
_REDIS_SCHEMES = ("redis://", "rediss://", "unix://")


@register
def check_settings(**_: Any) -> list[CheckMessage]:
    settings = conf.load()
    found: list[CheckMessage] = []
    if not settings.database_url:
        found.append(_unset("DATABASE_URL", "semcache.E002"))
    if not settings.redis_url:
        found.append(_unset("REDIS_URL", "semcache.E003"))
    elif not settings.redis_url.startswith(_REDIS_SCHEMES):
        hint = f"It begins with one of {', '.join(_REDIS_SCHEMES)}."
        found.append(Error("REDIS_URL is no address of a Redis.", hint=hint, id="semcache.E004"))
    if not settings.encoder.startswith(_ENCODERS):
        hint = "It is onnx, hashing, sentence:MODEL or remote:PROVIDER/MODEL:DIMENSION."
        found.append(Error("SEMCACHE_ENCODER names none.", hint=hint, id="semcache.E005"))
    if settings.shadow_encoder and not settings.shadow_encoder.startswith(_ENCODERS):
        hint = "It is named like SEMCACHE_ENCODER, or empty."
        found.append(Error("SEMCACHE_SHADOW_ENCODER names none.", hint=hint, id="semcache.E006"))
    return found


def _unset(name: str, check_id: str) -> Error:
    hint = f"Start `make run` first (it brings its own), or set {name}."
    return Error(f"{name} is not set.", hint=hint, id=check_id)
