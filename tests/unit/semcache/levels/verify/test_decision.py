"""The whole: of several candidates the best that may be served, or none, and why."""

import math
from dataclasses import replace

import pytest

from semcache.levels.verify import decision, probability, signature
from semcache.policy import rules
from semcache.policy.rules import Defaults
from semcache.types.chat import ChatRequest
from semcache.types.controls import PLAIN
from semcache.types.decision import Candidate, Decision
from semcache.types.identity import Identity
from semcache.types.rule import Rule
from semcache.types.standing import Standing

ASKED = "How do I bake 5 loaves of bread?"
SAME = "How do I bake five loaves of bread?"
TRAP = "How do I bake 6 loaves of bread?"
LESS = "How do I bake 5 loaves of rye bread in an old oven?"


def rule(**changes: object) -> Rule:
    resolved = rules.resolve(
        ChatRequest(model="m", body={}),
        controls=PLAIN,
        identity=Identity(tenant_id=1, tenant="a", key_id="k", salt=b""),
        defaults=Defaults(),
    )
    return replace(resolved, **changes)  # type: ignore[arg-type]


STATIC = rule(decider="static", threshold=0.85)
VCACHE = rule(decider="vcache", max_error=0.05)


def candidate(
    text: str, similarity: float, *, barred: bool = False, answer: str = "", entry_id: int = 1
) -> Candidate:
    return Candidate(
        entry_id=entry_id,
        text=text,
        similarity=similarity,
        signature=signature.of(answer) if answer else b"",
        barred=barred,
    )


def decide(*candidates: Candidate, rule: Rule, chance: float = 0.5, asked: str = ASKED) -> Decision:
    return decision.decide(asked, candidates, rule=rule, chance=chance)


def served(decided: Decision) -> str | None:
    return None if decided.chosen is None else decided.weighed[decided.chosen].candidate.text


# ------------------------------------------------------------------ which
def test_the_best_admissible_candidate_is_served_and_not_the_nearest() -> None:
    decided = decide(candidate(TRAP, 0.99), candidate(SAME, 0.93), rule=STATIC)

    assert served(decided) == SAME
    assert decided.weighed[0].reason == "the numbers differ: 5 against 6"


def test_of_two_that_may_be_served_the_likelier_is() -> None:
    decided = decide(candidate(LESS, 0.93), candidate(SAME, 0.92), rule=STATIC)

    assert [one.admitted for one in decided.weighed] == [True, True]
    assert served(decided) == SAME


def test_without_candidates_there_is_a_miss_with_nothing_to_examine() -> None:
    decided = decide(rule=STATIC)

    assert (decided.chosen, decided.best, decided.weighed) == (None, None, ())


def test_the_best_of_a_miss_is_the_likeliest_without_objection() -> None:
    decided = decide(
        candidate(TRAP, 0.84), candidate(LESS, 0.80), candidate(SAME, 0.80), rule=STATIC
    )

    assert decided.chosen is None
    assert decided.best is not None
    assert decided.best.candidate.text == SAME


def test_where_all_are_objected_to_nothing_is_the_best() -> None:
    assert decide(candidate(TRAP, 0.99), rule=STATIC).best is None


@pytest.mark.parametrize("decided_by", [STATIC, VCACHE, rule(max_error=1.0)])
def test_a_pair_found_wrong_before_is_never_served(decided_by: Rule) -> None:
    seen = tuple((0.9 + place / 1_000, True) for place in range(100))
    barred = replace(candidate(ASKED, 1.0, barred=True), observations=seen)
    decided = decide(barred, rule=decided_by, chance=0.999)

    assert decided.chosen is None
    assert [one.veto for one in decided.weighed[0].objections] == ["never-match"]
    assert decided.weighed[0].reason == "this pair was found wrong before"


def test_a_barred_neighbor_has_no_vote() -> None:
    near = candidate(SAME, 0.95, answer="Mix flour and water.")
    other = candidate(LESS, 0.95, answer="Rome fell long ago.")
    bar = replace(other, barred=True)
    (heard, _), (unheard, _) = (decide(near, one, rule=STATIC).weighed for one in (other, bar))

    assert unheard.probability > heard.probability


# ------------------------------------------------------------------ how
def test_a_static_threshold_is_reached_or_not() -> None:
    at, below = 0.85, math.nextafter(0.85, 0.0)

    assert served(decide(candidate(SAME, at), rule=STATIC)) == SAME
    decided = decide(candidate(SAME, below), rule=STATIC)
    assert decided.chosen is None
    assert decided.weighed[0].reason.startswith("similarity 0.8500 is below 0.8500")


def test_the_bound_decides_by_the_probability() -> None:
    one = candidate(SAME, 0.93)
    likely = decide(one, rule=rule()).weighed[0].probability
    at = Standing(labels=100, thresholds=((0.01, likely),))
    above = replace(at, thresholds=((0.01, math.nextafter(likely, 2.0)),))

    served_at, missed = decide(one, rule=rule(standing=at)), decide(one, rule=rule(standing=above))
    assert served(served_at) == SAME
    assert served(missed) is None
    assert f"probability {likely:.4f} reaches" in served_at.weighed[0].reason
    assert "(100 labels)" in served_at.weighed[0].reason
    assert "is below" in missed.weighed[0].reason
    assert (served_at.threshold, served_at.basis) == (likely, "100 labels")


def test_what_the_labels_taught_weighs_the_candidates() -> None:
    even = Standing(weights=(0.0,) * len(probability.TERMS))
    (one,) = decide(candidate(SAME, 0.93), rule=rule(standing=even)).weighed

    assert one.probability == 0.5


def test_the_same_words_reach_the_pooled_bound_and_an_alarm_stops_them() -> None:
    one = candidate("how do I bake 5 loaves of bread", 0.99)
    alarmed = rule(max_error=0.02, standing=Standing(floor=1.0))

    assert served(decide(one, rule=rule(max_error=0.02))) == one.text
    decided = decide(one, rule=alarmed)
    assert decided.chosen is None
    assert "alarm" in decided.weighed[0].reason


def test_something_else_altogether_is_not_served_within_any_usual_bound() -> None:
    for similarity in (0.0, 0.1, 0.2, 0.3):
        for max_error in (0.001, 0.01, 0.05, 0.1):
            one = candidate("history of jazz music", similarity)
            decided = decide(one, rule=rule(max_error=max_error), asked="tips to sleep better")
            assert decided.chosen is None


def test_an_entry_that_was_often_right_is_served_and_a_new_one_explored() -> None:
    seen = [(0.90 + place / 1_000, True) for place in range(99)]
    wrong = [(0.70 + place / 1_000, False) for place in range(99)]
    known = replace(candidate(SAME, 0.98), observations=(*seen, *wrong))

    assert served(decide(known, rule=VCACHE, chance=0.5)) == SAME
    fresh = decide(candidate(SAME, 0.98), rule=VCACHE, chance=0.999999)
    assert fresh.chosen is None
    assert fresh.weighed[0].reason == "explores with probability 1.000"


def test_by_the_vcache_rule_chance_says_whether_to_explore() -> None:
    some = tuple((0.90 + place / 80, True) for place in range(8))
    wrong = tuple((0.70 + place / 80, False) for place in range(8))
    one = replace(candidate(SAME, 0.99), observations=some + wrong)
    explored = float(decide(one, rule=VCACHE).weighed[0].reason.split()[-1])

    assert 0.0 < explored < 1.0
    assert decide(one, rule=VCACHE, chance=explored + 0.001).chosen == 0
    assert decide(one, rule=VCACHE, chance=explored - 0.001).chosen is None


def test_what_has_an_objection_is_served_by_no_decider() -> None:
    for decided_by in (STATIC, VCACHE, rule(max_error=1.0)):
        assert decide(candidate(TRAP, 1.0), rule=decided_by, chance=0.999).chosen is None


# ------------------------------------------------------------------ again
@pytest.mark.parametrize("other", [STATIC, VCACHE, rule(max_error=0.1), rule(max_error=0.0)])
def test_deciding_again_is_deciding(other: Rule) -> None:
    candidates = candidate(TRAP, 0.99), candidate(SAME, 0.95), candidate(LESS, 0.9)
    first = decide(*candidates, rule=rule())

    assert decision.again(first, rule=other, chance=0.5) == decide(*candidates, rule=other)


def test_deciding_again_trusts_no_entry_that_was_never_looked_at() -> None:
    first = decide(candidate(SAME, 0.99), rule=rule())

    assert decision.again(first, rule=VCACHE).chosen is None


def test_a_decision_says_what_it_was_made_by() -> None:
    standing = Standing(version=7, labels=1)
    decided = decide(rule=rule(standing=standing, version="p1", category="code", max_error=0.02))

    assert decided.version == f"p1/{probability.pooled().version}/c7"
    assert (decided.decider, decided.category, decided.max_error) == ("conformal", "code", 0.02)
