from dataclasses import replace

import pytest

from semcache.levels.verify import bound, probability
from semcache.levels.verify.probability import TERMS, pooled
from semcache.policy import rules
from semcache.policy.rules import Defaults
from semcache.types.answer import Answer, Hit
from semcache.types.chat import ChatRequest
from semcache.types.controls import PLAIN
from semcache.types.decision import Decider
from semcache.types.identity import Identity
from semcache.types.rule import Rule
from semcache.types.standing import Standing
from semcache.types.usage import Usage

LEARNED = Standing(
    labels=500, thresholds=((0.005, 0.99), (0.01, 0.8), (0.05, 0.4)), model=pooled().version
)


def rule(
    standing: Standing = LEARNED, *, max_error: float = 0.01, decider: Decider = "conformal"
) -> Rule:
    resolved = rules.resolve(
        ChatRequest(model="m", body={}),
        controls=PLAIN,
        identity=Identity(tenant_id=1, tenant="a", key_id="k", salt=b""),
        defaults=Defaults(),
    )
    return replace(resolved, standing=standing, max_error=max_error, decider=decider)


def test_without_labels_the_pooled_model_s_bound_holds() -> None:
    found = bound.limit(rule(Standing()))

    assert found.least == pooled().least(0.01)
    assert found.basis == "pooled model"


@pytest.mark.parametrize(
    ("max_error", "least"), [(0.005, 0.99), (0.01, 0.8), (0.02, 0.8), (0.05, 0.4), (0.5, 0.4)]
)
def test_labels_decide_where_they_support_a_bound(max_error: float, least: float) -> None:
    found = bound.limit(rule(max_error=max_error))

    assert (found.least, found.basis) == (least, "500 labels")


def test_a_bound_that_labels_do_not_support_is_the_pooled_model_s() -> None:
    assert bound.limit(rule(max_error=0.001)).basis == "pooled model"


def test_a_tighter_bound_never_asks_for_less() -> None:
    worse = replace(LEARNED, thresholds=((0.05, 0.9995),))
    for standing in (LEARNED, worse, Standing()):
        errors = [0.5, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001, 0.0001, 0.0]
        least = [bound.limit(rule(standing, max_error=error)).least for error in errors]
        assert least == sorted(least)

    assert bound.limit(rule(worse, max_error=0.01)).basis == "500 labels"


@pytest.mark.parametrize("max_error", [0.001, 0.01, 0.05])
def test_the_floor_of_an_alarm_wins_where_it_asks_for_more(max_error: float) -> None:
    raised = bound.limit(rule(replace(LEARNED, floor=0.9999), max_error=max_error))
    low = bound.limit(rule(replace(LEARNED, floor=0.1), max_error=max_error))

    assert (raised.least, raised.basis) == (0.9999, "tightened by an alarm")
    assert low == bound.limit(rule(max_error=max_error))


def test_an_alarm_holds_without_labels_too() -> None:
    assert bound.limit(rule(Standing(floor=0.9999))).least == 0.9999


def test_what_was_learned_with_another_pooled_model_is_not_read() -> None:
    old = replace(LEARNED, model="other", weights=(0.0,) * len(TERMS), floor=0.0)

    assert bound.limit(rule(old)).basis == "pooled model"
    assert bound.model(old) is probability.pooled()
    assert bound.limit(rule(replace(old, floor=0.9999))).least == 0.9999


def test_what_was_learned_with_this_one_is() -> None:
    weights = (0.0,) * len(TERMS)

    assert bound.model(replace(LEARNED, weights=weights)).weights == weights
    assert bound.model(LEARNED) is probability.pooled()


def test_a_static_threshold_is_a_similarity_and_knows_no_alarm() -> None:
    static = replace(rule(replace(LEARNED, floor=0.9999), decider="static"), threshold=0.87)

    assert bound.limit(static) == bound.Limit(least=0.87, basis="static threshold")


# ------------------------------------------------------------------ promoted answers
def hit(*, similarity: float | None, likely: float | None) -> Hit:
    answer = Answer(
        entry_id=1,
        handle="ent_1",
        body=b"{}",
        created_at=0.0,
        expires_at=1.0,
        cost_usd=None,
        usage=Usage(prompt_tokens=1, completion_tokens=1),
    )
    return Hit(level="exact", answer=answer, similarity=similarity, probability=likely)


@pytest.mark.parametrize(
    ("decider", "similarity", "likely", "holds"),
    [
        ("conformal", 0.1, 0.8, True),
        ("conformal", 0.99, 0.79, False),
        ("conformal", 0.99, None, False),
        ("static", 0.9, 0.1, True),
        ("static", 0.8, 0.99, False),
        ("static", None, 0.99, False),
        ("vcache", 0.99, 0.99, False),
    ],
)
def test_a_promoted_answer_is_served_while_it_reaches_the_bound_of_now(
    *, decider: Decider, similarity: float | None, likely: float | None, holds: bool
) -> None:
    now = replace(rule(decider=decider), threshold=0.9)

    assert bound.still_holds(hit(similarity=similarity, likely=likely), rule=now) is holds


def test_only_what_is_decided_once_may_be_promoted() -> None:
    assert bound.lasts(rule())
    assert not bound.lasts(rule(decider="vcache"))
