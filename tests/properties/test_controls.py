"""Controls are read or refused by name; a caller can only ever ask for less."""

import contextlib
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from semcache.api import controls
from semcache.errors import InvalidRequestError
from semcache.policy import rules
from semcache.policy.rules import Defaults
from semcache.types.chat import ChatRequest
from semcache.types.controls import MODES, PLAIN, PRIORITIES, Controls
from semcache.types.decision import CATEGORIES, DECIDERS
from semcache.types.identity import Identity, Policy
from semcache.types.rule import Rule
from tests import strategies
from tests.strategies import unhurried

NAMES = [
    "cache-control",
    "x-semcache-mode",
    "x-semcache-max-error",
    "x-semcache-ttl",
    "x-semcache-namespace",
    "x-semcache-tags",
    "x-semcache-priority",
]
words = st.sampled_from(
    [
        "no-cache",
        "no-store",
        "max-age",
        "min-fresh",
        "max-stale",
        "only-if-cached",
        "exact",
        "off",
        "0",
        "1",
        "0.5",
        "nan",
        "1e-9",
        "a,b",
        "-1",
        "²",
        "_",
        "=",
        ",",
        '"',
        ";",
        "max-age=5",
        "max-stale=",
    ]
)
# A header is latin-1 on the wire.
values = st.text(st.characters(max_codepoint=255), max_size=12) | st.lists(words).map("".join)
headers = st.dictionaries(st.sampled_from(NAMES), values, max_size=4)
bodies = st.dictionaries(
    st.sampled_from(["ttl", "s-maxage", "no-cache", "no-store", "namespace", "x"]),
    strategies.values,
)


def read(headers: dict[str, str], body: object) -> Controls | InvalidRequestError:
    try:
        return controls.parse(headers, body)
    except InvalidRequestError as error:
        return error


@unhurried
@given(headers=headers, body=st.none() | bodies | strategies.values)
def test_any_controls_are_understood_or_named(headers: dict[str, str], body: object) -> None:
    found = read(headers, body)

    if isinstance(found, InvalidRequestError):
        assert found.param is not None
        assert found.param.lower().startswith(("cache", *NAMES))
        return
    assert found.serve or not found.only_if_cached or "cache-control" in headers
    assert found.max_error is None or 0 <= found.max_error <= 1
    assert found.ttl_s is None or found.ttl_s >= 0
    assert found.priority != "background"
    for bound in (found.max_age_s, found.min_fresh_s, found.max_stale_s):
        assert bound is None or bound >= 0


# ------------------------------------------------------------------ what the caller may ask
shares = st.sampled_from([0.0, 0.001, 0.01, 0.05, 1.0])
times = st.sampled_from([0, 1]) | st.integers(0, 10**7)
asked = st.builds(
    Controls,
    serve=st.booleans(),
    store=st.booleans(),
    mode=st.none() | st.sampled_from(MODES),
    max_error=st.none() | shares,
    ttl_s=st.none() | times,
    priority=st.sampled_from(PRIORITIES),
)
policies = st.lists(
    st.builds(
        Policy,
        model=st.sampled_from(["*", "m", "other"]),
        category=st.just("") | st.sampled_from(CATEGORIES),
        mode=st.none() | st.sampled_from(MODES),
        decider=st.none() | st.sampled_from(DECIDERS),
        threshold=st.none() | st.floats(0.5, 1),
        max_error=st.none() | shares,
        max_temperature=st.none() | st.floats(0, 2),
        ttl_s=st.none() | times,
        max_ttl_s=st.none() | times,
        keep_stale_s=st.none() | times,
        keep_truncated=st.none() | st.booleans(),
    ),
    max_size=3,
)
texts = st.sampled_from(
    ["Who wrote Hamlet?", "Tell me a joke.", "What is the weather today?", "Where is my parcel?"]
)
requests = st.builds(
    lambda temperature, text: ChatRequest(
        model="m",
        body={"temperature": temperature, "messages": [{"role": "user", "content": text}]},
    ),
    st.none() | st.floats(0, 2) | st.integers(0, 2),
    texts,
)


def resolve(request: ChatRequest, controls: Controls, policies: list[Policy]) -> Rule:
    alice = Identity(tenant_id=1, tenant="a", key_id="k", salt=b"", policies=tuple(policies))
    return rules.resolve(request, controls=controls, identity=alice, defaults=Defaults())


@settings(deadline=None, max_examples=500)
@given(request=requests, controls=asked, policies=policies)
def test_a_caller_may_tighten_and_never_loosen(
    request: ChatRequest, controls: Controls, policies: list[Policy]
) -> None:
    # How long to keep is the caller's to say, up to the policy's bound.
    plain = replace(PLAIN, ttl_s=controls.ttl_s)
    allowed = resolve(request, plain, policies)
    rule = resolve(request, controls, policies)

    assert allowed.serve_exact or not rule.serve_exact
    assert allowed.serve_semantic or not rule.serve_semantic
    assert allowed.index or not rule.index
    assert rule.max_error <= allowed.max_error
    assert (rule.decider, rule.threshold) == (allowed.decider, allowed.threshold)
    assert rule.keep_stale_s == allowed.keep_stale_s
    assert rule.keep_truncated == allowed.keep_truncated
    settled = rules.settle(
        tuple(policies), model="m", category=allowed.category, defaults=Defaults()
    )
    assert rule.ttl_s <= settled.max_ttl_s


@settings(deadline=None, max_examples=500)
@given(request=requests, controls=asked, policies=policies)
def test_a_rule_never_contradicts_itself(
    request: ChatRequest, controls: Controls, policies: list[Policy]
) -> None:
    rule = resolve(request, controls, policies)

    assert rule.serve_exact or not rule.serve_semantic
    assert rule.store or not rule.index
    assert rule.ttl_s > 0 or not rule.store
    assert (rule.bypass is None) == rule.serve_exact
    assert rule.bypass is not None or not rule.asked


@given(said=st.sampled_from(["no-cache", "no-store"]), ttl_s=st.integers(0, 100))
def test_header_and_body_say_the_same_in_either_dialect(said: str, ttl_s: int) -> None:
    ours = controls.parse({"cache-control": said, "x-semcache-ttl": str(ttl_s)})

    assert controls.parse({}, {said: True, "ttl": ttl_s}) == ours


@given(header=st.text(st.characters(max_codepoint=255)))
def test_any_cache_control_is_understood_or_refused(header: str) -> None:
    with contextlib.suppress(InvalidRequestError):
        controls.parse({"cache-control": header})
