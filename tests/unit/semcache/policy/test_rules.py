from dataclasses import replace
from typing import Any

import pytest

from semcache.policy import rules
from semcache.policy.rules import Defaults
from semcache.types.chat import ChatRequest
from semcache.types.controls import PLAIN, Controls
from semcache.types.identity import Identity, Policy
from semcache.types.rule import Rule, Shadow
from semcache.types.standing import UNKNOWN, Standing

DEFAULTS = Defaults(ttl_s=600, max_ttl_s=3_600, keep_stale_s=60)


def rule(
    controls: Controls = PLAIN,
    *policies: Policy,
    defaults: Defaults = DEFAULTS,
    model: str = "m",
    standings: tuple[Standing, ...] = (),
    **body: Any,
) -> Rule:
    request = ChatRequest(model=model, body=body)
    alice = Identity(
        tenant_id=1,
        tenant="a",
        key_id="k",
        salt=b"",
        policies=policies,
        standings=standings,
    )
    return rules.resolve(request, controls=controls, identity=alice, defaults=defaults)


def asking(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


POEM = asking("Write a poem about the sea.")


def test_where_nobody_says_anything_all_levels_answer_and_answers_are_kept() -> None:
    found = rule()

    assert replace(found, version="") == Rule(
        serve_exact=True,
        serve_semantic=True,
        store=True,
        index=True,
        bypass=None,
        asked=False,
        category="factual",
        decider="conformal",
        threshold=0.90,
        max_error=0.01,
        caution="strict",
        conversations="exact",
        audit_share=0.02,
        audit_usd_per_day=1.0,
        ttl_s=600,
        keep_stale_s=60,
        keep_truncated=False,
    )
    assert found.version.startswith("p")


# ------------------------------------------------------------------ temperature
@pytest.mark.parametrize("temperature", [None, 0, 0.0, 0.7, 1, 1.0])
def test_up_to_a_temperature_of_1_answers_are_cached(temperature: float | None) -> None:
    assert rule(temperature=temperature).bypass is None


@pytest.mark.parametrize("temperature", [1.01, 1.5, 2])
def test_a_hotter_answer_is_neither_served_nor_kept(temperature: float) -> None:
    found = rule(temperature=temperature)

    assert found.bypass == "temperature"
    assert not found.asked
    assert not (found.serve_exact)
    assert not (found.serve_semantic)
    assert not (found.store)
    assert not (found.index)


def test_a_request_without_a_temperature_is_as_hot_as_the_providers_default() -> None:
    cool = Policy(max_temperature=0.5)

    assert rule(PLAIN, cool).bypass == "temperature"
    assert rule(PLAIN, cool, temperature=None).bypass == "temperature"
    assert rule(PLAIN, cool, temperature=0.5).bypass is None


def test_the_bound_of_temperature_can_be_set_for_one_model() -> None:
    cool = Policy(model="m", max_temperature=0.2)

    assert rule(PLAIN, cool, temperature=0.3).bypass == "temperature"
    assert rule(PLAIN, cool, temperature=0.2).bypass is None
    assert rule(PLAIN, cool, temperature=0.3, model="other").bypass is None


def test_a_model_may_be_cached_hotter_than_the_rest() -> None:
    policies = Policy(max_temperature=0.0), Policy(model="m", max_temperature=2.0)

    assert rule(PLAIN, *policies, temperature=2).bypass is None
    assert rule(PLAIN, *policies, temperature=0.1, model="other").bypass == "temperature"


# ------------------------------------------------------------------ what the caller asks
def test_no_cache_serves_nothing_and_keeps_the_new_answer() -> None:
    found = rule(Controls(serve=False))

    assert (found.bypass, found.asked) == ("no-cache", True)
    assert not found.serve_exact
    assert not found.serve_semantic
    assert found.store
    assert found.index


def test_no_store_neither_serves_nor_keeps() -> None:
    found = rule(Controls(serve=False, store=False))

    assert (found.bypass, found.asked) == ("no-store", True)
    assert not (found.serve_exact)
    assert not (found.serve_semantic)
    assert not (found.store)
    assert not (found.index)


def test_mode_exact_compares_nothing_by_meaning() -> None:
    found = rule(Controls(mode="exact"))

    assert found.serve_exact
    assert found.store
    assert not found.serve_semantic
    assert not found.index


def test_mode_off_passes_the_cache_by() -> None:
    found = rule(Controls(mode="off"))

    assert found.bypass == "mode"
    assert not (found.serve_exact)
    assert not (found.serve_semantic)
    assert not (found.store)
    assert not (found.index)


def test_no_cache_of_a_request_too_hot_to_keep_keeps_nothing() -> None:
    assert not rule(Controls(serve=False), temperature=1.5).store


# ------------------------------------------------------------------ ttl
@pytest.mark.parametrize(
    ("asked", "kept_s"), [(None, 600), (60, 60), (601, 601), (3_600, 3_600), (10**6, 3_600)]
)
def test_the_callers_ttl_is_clamped_to_the_policys(asked: int | None, kept_s: int) -> None:
    found = rule(Controls(ttl_s=asked))

    assert found.ttl_s == kept_s
    assert found.store


def test_a_ttl_of_0_keeps_nothing_but_serves() -> None:
    found = rule(Controls(ttl_s=0))

    assert found.serve_exact
    assert not found.store
    assert not found.index


def test_a_policy_that_allows_no_time_keeps_nothing() -> None:
    found = rule(Controls(ttl_s=60), Policy(max_ttl_s=0))

    assert not found.store


# ------------------------------------------------------------------ max_error
@pytest.mark.parametrize(
    ("asked", "held"), [(None, 0.01), (0.01, 0.01), (0.5, 0.01), (0.009, 0.009), (0.0001, 0.0001)]
)
def test_a_caller_may_accept_less_error_than_the_policy_and_never_more(
    asked: float | None, held: float
) -> None:
    found = rule(Controls(max_error=asked))

    assert found.serve_semantic
    assert found.max_error == held


def test_who_accepts_no_error_gets_exact_hits_only() -> None:
    found = rule(Controls(max_error=0.0))

    assert found.serve_exact
    assert not found.serve_semantic
    assert found.index


def test_a_tenant_that_accepts_no_error_gets_exact_hits_only() -> None:
    strict = Policy(max_error=0.0)

    assert not rule(PLAIN, strict).serve_semantic
    assert not rule(Controls(max_error=1.0), strict).serve_semantic


# ------------------------------------------------------------------ categories
def test_a_policy_may_speak_of_one_category_alone() -> None:
    careful = Policy(category="creative", mode="exact")

    assert not rule(PLAIN, careful, **POEM).serve_semantic
    assert rule(PLAIN, careful, **asking("Who wrote Hamlet?")).serve_semantic


def test_the_usual_care_of_a_category_gives_way_to_a_policy() -> None:
    plain, told = rule(**POEM), rule(PLAIN, Policy(max_error=0.02), **POEM)

    assert plain.category == "creative"
    assert plain.max_error < DEFAULTS.max_error
    assert told.max_error == 0.02


# ------------------------------------------------------------------ what the labels taught
def test_a_category_stands_for_itself_and_else_for_all() -> None:
    standings = Standing(labels=9), Standing(category="creative", labels=3)

    assert rule(standings=standings, **POEM).standing.labels == 3
    assert rule(standings=standings).standing.labels == 9
    assert rule().standing == UNKNOWN


# ------------------------------------------------------------------ a second policy
def test_a_shadow_decides_by_its_own_values() -> None:
    shadow = Policy(shadow_decider="static", shadow_threshold=0.8)

    assert rule().shadow is None
    assert rule(PLAIN, shadow).shadow == Shadow(decider="static", threshold=0.8, max_error=0.01)


def test_two_policies_that_say_the_same_have_one_version() -> None:
    plain = rule().version

    assert rule(PLAIN, Policy(max_error=0.01)).version == plain
    assert rule(PLAIN, Policy(max_error=0.02)).version != plain


# ------------------------------------------------------------------ policies
@pytest.mark.parametrize(
    ("allowed", "asked", "semantic", "exact"),
    [
        ("off", "semantic", False, False),
        ("off", None, False, False),
        ("exact", "semantic", False, True),
        ("exact", "off", False, False),
        ("semantic", "exact", False, True),
        ("semantic", "semantic", True, True),
    ],
)
def test_the_tighter_mode_of_policy_and_caller_holds(
    allowed: str, asked: Any, *, semantic: bool, exact: bool
) -> None:
    found = rule(Controls(mode=asked), Policy(mode=allowed))

    assert (found.serve_semantic, found.serve_exact) == (semantic, exact)


def test_the_narrower_policy_wins_and_inherits_what_it_does_not_say() -> None:
    wide = Policy(ttl_s=100, threshold=0.8, keep_truncated=True)
    narrow = Policy(model="m", threshold=0.95)

    found = rule(PLAIN, wide, narrow)

    assert (found.ttl_s, found.threshold, found.keep_truncated) == (100, 0.95, True)


def test_another_models_policy_says_nothing() -> None:
    assert rule(PLAIN, Policy(model="other", mode="off")) == rule()


def test_a_policy_may_say_0_and_no() -> None:
    defaults = replace(DEFAULTS, keep_truncated=True)
    found = rule(PLAIN, Policy(keep_stale_s=0, keep_truncated=False), defaults=defaults)

    assert found.keep_stale_s == 0
    assert found.keep_truncated is False


# ------------------------------------------------------------------ conversations
@pytest.mark.parametrize(
    ("standings", "conversations"),
    [
        ((), "shadow"),
        ((Standing(contextual=True),), "contextual"),
        ((Standing(contextual=True), Standing(category="factual")), "shadow"),
        ((Standing(), Standing(category="factual", contextual=True)), "contextual"),
    ],
)
def test_whole_conversations_are_compared_only_where_the_labels_support_it(
    standings: tuple[Standing, ...], conversations: str
) -> None:
    said = Policy(conversations="contextual")

    assert rule(PLAIN, said, standings=standings).conversations == conversations
    assert rule(PLAIN, standings=standings).conversations == "exact"
