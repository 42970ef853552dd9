import math
from typing import Any

import pytest

from semcache.api import controls
from semcache.errors import InvalidRequestError
from semcache.types.controls import PLAIN, Controls


def header(value: str) -> Controls:
    return controls.parse({"cache-control": value})


def test_who_asks_for_nothing_leaves_it_to_the_policy() -> None:
    assert controls.parse({}) == PLAIN
    assert controls.parse({"accept": "text/html", "x-other": "1"}) == PLAIN
    assert controls.parse({}, {}) == PLAIN


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("no-cache", Controls(serve=False)),
        ("No-Cache", Controls(serve=False)),
        ("no-store", Controls(serve=False, store=False)),
        ("no-cache, no-store", Controls(serve=False, store=False)),
        ("only-if-cached", Controls(only_if_cached=True)),
        ("max-age=0", Controls(max_age_s=0)),
        ("max-age=60", Controls(max_age_s=60)),
        ('max-age="60"', Controls(max_age_s=60)),
        ("max-age = 60", Controls(max_age_s=60)),
        ("min-fresh=10", Controls(min_fresh_s=10)),
        ("max-stale", Controls(max_stale_s=math.inf)),
        ("max-stale=5", Controls(max_stale_s=5)),
        ("no-transform", Controls()),
        (" max-age=60 ,, only-if-cached,", Controls(max_age_s=60, only_if_cached=True)),
        ("", Controls()),
    ],
)
def test_the_standard_directives_mean_what_rfc_9111_says(said: str, meant: Controls) -> None:
    assert header(said) == meant


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("x-semcache-mode", "off", Controls(mode="off")),
        ("x-semcache-mode", "exact", Controls(mode="exact")),
        ("x-semcache-mode", " semantic ", Controls(mode="semantic")),
        ("x-semcache-max-error", "0.01", Controls(max_error=0.01)),
        ("x-semcache-max-error", "0", Controls(max_error=0.0)),
        ("x-semcache-max-error", "1", Controls(max_error=1.0)),
        ("x-semcache-max-error", "1e-3", Controls(max_error=0.001)),
        ("x-semcache-ttl", "3600", Controls(ttl_s=3600)),
        ("x-semcache-ttl", "0", Controls(ttl_s=0)),
        ("x-semcache-namespace", "docs-v3", Controls(namespace="docs-v3")),
        ("x-semcache-tags", "product-7,fr", Controls(tags=("product-7", "fr"))),
        ("x-semcache-tags", "a, b,a", Controls(tags=("a", "b"))),
        ("x-semcache-priority", "interactive", Controls(priority="interactive")),
        ("x-semcache-priority", "default", Controls(priority="default")),
        ("x-semcache-priority", "batch", Controls(priority="batch")),
    ],
)
def test_our_own_headers_are_read(name: str, value: str, meant: Controls) -> None:
    assert controls.parse({name: value}) == meant


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ({"ttl": 60}, Controls(ttl_s=60)),
        ({"ttl": 60.0}, Controls(ttl_s=60)),
        ({"s-maxage": 30}, Controls(max_age_s=30)),
        ({"s-max-age": 30}, Controls(max_age_s=30)),
        ({"no-cache": True}, Controls(serve=False)),
        ({"no-cache": False, "no-store": False}, Controls()),
        ({"no-store": True}, Controls(serve=False, store=False)),
        ({"namespace": "docs"}, Controls(namespace="docs")),
        ({"ttl": 5, "namespace": "docs"}, Controls(ttl_s=5, namespace="docs")),
    ],
    ids=str,
)
def test_litellms_dialect_has_the_same_meanings(body: dict[str, Any], meant: Controls) -> None:
    assert controls.parse({}, body) == meant


@pytest.mark.parametrize(
    ("name", "value", "param"),
    [
        ("cache-control", "max-age", "max-age"),
        ("cache-control", "max-age=", "max-age"),
        ("cache-control", "max-age=-1", "max-age"),
        ("cache-control", "max-age=1.5", "max-age"),
        ("cache-control", "max-age=ten", "max-age"),
        ("cache-control", "max-age=²", "max-age"),
        ("cache-control", "no-store, max-age=99999999999999999999", "max-age"),
        ("cache-control", "min-fresh", "min-fresh"),
        ("cache-control", "min-fresh=x", "min-fresh"),
        ("cache-control", "max-stale=x", "max-stale"),
        ("cache-control", "no-cash", "Cache-Control"),
        ("cache-control", "no cache", "Cache-Control"),
        ("x-semcache-mode", "", "x-semcache-mode"),
        ("x-semcache-mode", "on", "x-semcache-mode"),
        ("x-semcache-mode", "Exact", "x-semcache-mode"),
        ("x-semcache-max-error", "", "x-semcache-max-error"),
        ("x-semcache-max-error", "1%", "x-semcache-max-error"),
        ("x-semcache-max-error", "-0.1", "x-semcache-max-error"),
        ("x-semcache-max-error", "1.1", "x-semcache-max-error"),
        ("x-semcache-max-error", "nan", "x-semcache-max-error"),
        ("x-semcache-max-error", "inf", "x-semcache-max-error"),
        ("x-semcache-max-error", "0_1", "x-semcache-max-error"),
        ("x-semcache-ttl", "", "x-semcache-ttl"),
        ("x-semcache-ttl", "-5", "x-semcache-ttl"),
        ("x-semcache-ttl", "1h", "x-semcache-ttl"),
        ("x-semcache-ttl", "60, 70", "x-semcache-ttl"),
        ("x-semcache-namespace", "", "x-semcache-namespace"),
        ("x-semcache-namespace", "a b", "x-semcache-namespace"),
        ("x-semcache-namespace", "a,b", "x-semcache-namespace"),
        ("x-semcache-namespace", "é", "x-semcache-namespace"),
        ("x-semcache-namespace", "a" * 201, "x-semcache-namespace"),
        ("x-semcache-tags", "", "x-semcache-tags"),
        ("x-semcache-tags", "a,,b", "x-semcache-tags"),
        ("x-semcache-tags", ",".join(f"t{n}" for n in range(33)), "x-semcache-tags"),
        ("x-semcache-priority", "background", "x-semcache-priority"),
        ("x-semcache-priority", "high", "x-semcache-priority"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_malformed_header_is_named_and_never_ignored(name: str, value: str, param: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        controls.parse({name: value})

    assert param in (caught.value.param or "")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("no-cache", "cache"),
        ([], "cache"),
        (False, "cache"),
        ({"ttl": -1}, "cache.ttl"),
        ({"ttl": 1.5}, "cache.ttl"),
        ({"ttl": True}, "cache.ttl"),
        ({"ttl": None}, "cache.ttl"),
        ({"ttl": "soon"}, "cache.ttl"),
        ({"ttl": 10**12}, "cache.ttl"),
        ({"s-maxage": "x"}, "cache.s-maxage"),
        ({"no-cache": "yes"}, "cache.no-cache"),
        ({"no-store": 1}, "cache.no-store"),
        ({"namespace": 5}, "cache.namespace"),
        ({"namespace": "a b"}, "cache.namespace"),
        ({"ttI": 5}, "cache.ttI"),
    ],
    ids=str,
)
def test_a_malformed_member_of_the_body_is_named(body: object, param: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        controls.parse({}, body)

    assert caught.value.param == param


@pytest.mark.parametrize(
    ("headers", "body", "meant"),
    [
        ({"x-semcache-ttl": "10"}, {"ttl": 5}, Controls(ttl_s=10)),
        ({"x-semcache-namespace": "a"}, {"namespace": "b"}, Controls(namespace="a")),
        ({"cache-control": "max-age=10"}, {"s-maxage": 5}, Controls(max_age_s=10)),
        ({"x-semcache-ttl": "10"}, {"no-cache": True}, Controls(ttl_s=10, serve=False)),
    ],
)
def test_where_both_speak_the_header_wins(
    headers: dict[str, str], body: dict[str, Any], meant: Controls
) -> None:
    assert controls.parse(headers, body) == meant


def test_a_malformed_body_is_refused_even_where_a_header_would_win() -> None:
    with pytest.raises(InvalidRequestError):
        controls.parse({"x-semcache-ttl": "10"}, {"ttl": "x"})
