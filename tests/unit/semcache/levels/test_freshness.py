import math

import pytest

from semcache.levels import freshness
from semcache.types.answer import Answer
from semcache.types.controls import PLAIN, Controls
from semcache.types.usage import Usage

BORN, TTL_S = 1_000.0, 100.0
ANSWER = Answer(
    entry_id=1,
    handle="ent_",
    body=b"{}",
    created_at=BORN,
    expires_at=BORN + TTL_S,
    cost_usd=None,
    usage=Usage(),
)


@pytest.mark.parametrize(
    ("controls", "age_s", "allowed"),
    [
        (PLAIN, 0, True),
        (PLAIN, 99, True),
        (PLAIN, 101, False),
        (Controls(max_age_s=0), 0, True),
        (Controls(max_age_s=0), 1, False),
        (Controls(max_age_s=50), 50, True),
        (Controls(max_age_s=50), 51, False),
        (Controls(max_age_s=500), 101, False),
        (Controls(min_fresh_s=10), 90, True),
        (Controls(min_fresh_s=10), 91, False),
        (Controls(min_fresh_s=0), 101, False),
        (Controls(min_fresh_s=101), 0, False),
        (Controls(max_stale_s=10), 110, True),
        (Controls(max_stale_s=10), 111, False),
        (Controls(max_stale_s=0), 101, False),
        (Controls(max_stale_s=math.inf), 10**9, True),
        (Controls(max_stale_s=10, max_age_s=105), 106, False),
        (Controls(max_stale_s=10, max_age_s=105), 104, True),
        (Controls(max_stale_s=10, min_fresh_s=1), 105, False),
    ],
    ids=str,
)
def test_an_answer_is_as_fresh_as_the_caller_asks(
    controls: Controls, age_s: float, *, allowed: bool
) -> None:
    assert freshness.allows(ANSWER, controls=controls, now=BORN + age_s) is allowed


@pytest.mark.parametrize("controls", [PLAIN, Controls(max_age_s=0), Controls(min_fresh_s=50)])
def test_a_clock_that_jumped_back_makes_no_answer_old(controls: Controls) -> None:
    assert freshness.allows(ANSWER, controls=controls, now=BORN - 3_600)


def test_an_age_is_never_negative_and_a_ttl_may_be() -> None:
    assert ANSWER.age_s(now=BORN - 5) == 0.0
    assert ANSWER.age_s(now=BORN + 5) == 5.0
    assert ANSWER.ttl_s(now=BORN + TTL_S + 12) == -12.0
