"""From what the operator allows and what the caller asks to the rule for one request. Pure."""

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from semcache.policy import categories
from semcache.types.chat import ChatRequest
from semcache.types.controls import Controls
from semcache.types.decision import Category, Caution, Conversations, Decider
from semcache.types.identity import Identity, Policy
from semcache.types.rule import Rule, Shadow
from semcache.types.standing import UNKNOWN, Standing

_USUAL_TEMPERATURE = 1.0  # what OpenAI takes where the caller names none


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds where no policy says otherwise."""

    mode: str = "semantic"
    decider: Decider = "conformal"
    threshold: float = 0.90
    max_error: float = 0.01
    caution: Caution = "strict"
    conversations: Conversations = "exact"
    audit_share: float = 0.02
    audit_usd_per_day: float = 1.0
    shadow_decider: Decider | None = None
    shadow_threshold: float = 0.90
    shadow_max_error: float = 0.01
    max_temperature: float = 1.0
    ttl_s: int = 7 * 86_400
    max_ttl_s: int = 30 * 86_400
    keep_stale_s: int = 3_600
    keep_truncated: bool = False


def resolve(
    request: ChatRequest, *, controls: Controls, identity: Identity, defaults: Defaults
) -> Rule:
    """Find the rule for a request."""
    category = categories.classify(request)
    allowed = settle(identity.policies, model=request.model, category=category, defaults=defaults)
    bypass, asked = _bypass(request, controls=controls, allowed=allowed)
    mode = _tighter(controls.mode, allowed.mode)
    bound = allowed.max_error
    if controls.max_error is not None:
        bound = min(bound, controls.max_error)
    serve = bypass is None and controls.serve
    ttl_s = allowed.ttl_s if controls.ttl_s is None else controls.ttl_s
    ttl_s = min(ttl_s, allowed.max_ttl_s)
    store = controls.store and ttl_s > 0 and bypass in {None, "no-cache"}
    standing = _standing(identity.standings, category=category)
    return Rule(
        serve_exact=serve,
        serve_semantic=serve and mode == "semantic" and bound > 0 and _kept(bound, allowed),
        store=store,
        index=store and mode == "semantic",
        bypass=bypass,
        asked=asked,
        category=category,
        decider=allowed.decider,
        threshold=allowed.threshold,
        max_error=bound,
        caution=allowed.caution,
        conversations=_supported(allowed.conversations, standing=standing),
        audit_share=allowed.audit_share,
        audit_usd_per_day=allowed.audit_usd_per_day,
        ttl_s=ttl_s,
        keep_stale_s=allowed.keep_stale_s,
        keep_truncated=allowed.keep_truncated,
        shadow=_shadow(allowed),
        standing=standing,
        version=version(allowed),
    )


@functools.lru_cache(maxsize=1_024)
def settle(
    policies: tuple[Policy, ...], *, model: str, category: Category, defaults: Defaults
) -> Defaults:
    """Lay the policies that speak of `model` and `category` over the defaults, the narrowest last.

    `policies` come from wide to narrow.
    """
    values: dict[str, Any] = {
        field.name: getattr(defaults, field.name) for field in fields(Defaults)
    }
    values |= categories.usual(category, max_error=defaults.max_error, ttl_s=defaults.ttl_s)
    for policy in policies:
        if policy.model not in {"*", model} or policy.category not in {"", category}:
            continue
        for name in values:
            said = getattr(policy, name)
            if said is not None:
                values[name] = said
    return replace(defaults, **values)


def _kept(bound: float, allowed: Defaults) -> bool:
    """Say whether the decider can keep a bound: a static threshold cannot promise less."""
    return allowed.decider != "static" or bound >= allowed.max_error


@functools.lru_cache(maxsize=1_024)
def version(allowed: Defaults) -> str:
    """Name a policy by what it says, so that explain can tell two apart."""
    said = repr([getattr(allowed, field.name) for field in fields(Defaults)])
    return "p" + hashlib.sha256(said.encode()).hexdigest()[:8]


def _shadow(allowed: Defaults) -> Shadow | None:
    if allowed.shadow_decider is None:
        return None
    return Shadow(
        decider=allowed.shadow_decider,
        threshold=allowed.shadow_threshold,
        max_error=allowed.shadow_max_error,
    )


def _standing(standings: Iterable[Standing], *, category: Category) -> Standing:
    """Take the category's own standing, or the tenant's for all of them."""
    known = {standing.category: standing for standing in standings}
    return known.get(category) or known.get("") or UNKNOWN


def _supported(conversations: Conversations, *, standing: Standing) -> Conversations:
    """Compare whole conversations only where the labels support it; else look on."""
    if conversations == "contextual" and not standing.contextual:
        return "shadow"
    return conversations


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
    if categories.varies(request):
        return "variety", False
    return None, False


def _tighter(asked: str | None, allowed: str) -> str:
    order = ("off", "exact", "semantic")
    return min(asked or allowed, allowed, key=order.index)
