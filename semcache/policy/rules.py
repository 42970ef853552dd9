"""From what the operator allows and what the caller asks to the rule for one request. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from semcache.types.chat import ChatRequest
from semcache.types.controls import Controls
from semcache.types.identity import Policy
from semcache.types.rule import Rule

_USUAL_TEMPERATURE = 1.0  # what OpenAI takes where the caller names none


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds where no policy says otherwise."""

    mode: str = "semantic"
    threshold: float = 0.90
    max_error: float = 0.01
    max_temperature: float = 1.0
    ttl_s: int = 7 * 86_400
    max_ttl_s: int = 30 * 86_400
    keep_stale_s: int = 3_600
    keep_truncated: bool = False


def resolve(
    request: ChatRequest, *, controls: Controls, policies: Iterable[Policy], defaults: Defaults
) -> Rule:
    """Find the rule for a request. `policies` come from wide to narrow."""
    allowed = settle(policies, model=request.model, defaults=defaults)
    bypass, asked = _bypass(request, controls=controls, allowed=allowed)
    mode = _tighter(controls.mode, allowed.mode)
    bound = allowed.max_error if controls.max_error is None else controls.max_error
    serve = bypass is None and controls.serve
    ttl_s = allowed.ttl_s if controls.ttl_s is None else controls.ttl_s
    ttl_s = min(ttl_s, allowed.max_ttl_s)
    store = controls.store and ttl_s > 0 and bypass in {None, "no-cache"}
    return Rule(
        serve_exact=serve,
        # The static threshold cannot promise a share of errors. A caller who asks for less than
        # the policy's bound gets exact hits only; the calibrated decision will do better.
        serve_semantic=serve and mode == "semantic" and bound >= allowed.max_error > 0,
        store=store,
        index=store and mode == "semantic",
        bypass=bypass,
        asked=asked,
        threshold=allowed.threshold,
        ttl_s=ttl_s,
        keep_stale_s=allowed.keep_stale_s,
        keep_truncated=allowed.keep_truncated,
    )


def settle(policies: Iterable[Policy], *, model: str, defaults: Defaults) -> Defaults:
    """Lay the policies that speak of `model` over the defaults, the narrowest last."""
    values = {field.name: getattr(defaults, field.name) for field in fields(Defaults)}
    for policy in policies:
        if policy.model not in {"*", model}:
            continue
        for name in values:
            said = getattr(policy, name)
            if said is not None:
                values[name] = said
    return Defaults(**values)


def _bypass(
    request: ChatRequest, *, controls: Controls, allowed: Defaults
) -> tuple[str | None, bool]:
    """Say why the cache is passed by, and whether the caller asked for that."""
    if not controls.store and not controls.serve:
        return "no-store", True
    if _tighter(controls.mode, allowed.mode) == "off":
        return "mode", False
    temperature = request.body.get("temperature")
    if temperature is None:
        temperature = _USUAL_TEMPERATURE
    if isinstance(temperature, int | float) and temperature > allowed.max_temperature:
        return "temperature", False
    if not controls.serve:
        return "no-cache", True
    return None, False


def _tighter(asked: str | None, allowed: str) -> str:
    order = ("off", "exact", "semantic")
    return min(asked or allowed, allowed, key=order.index)
