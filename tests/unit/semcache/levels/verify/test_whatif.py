from dataclasses import replace

import pytest

from semcache.levels.verify import bound, whatif
from semcache.policy import rules
from semcache.policy.rules import Defaults
from semcache.types.chat import ChatRequest
from semcache.types.controls import PLAIN
from semcache.types.decision import Candidate, Decision, Objection, Weighed
from semcache.types.explanation import Alternative
from semcache.types.identity import Identity
from semcache.types.rule import Rule
from semcache.types.standing import Standing

THRESHOLDS = tuple((error, 1.0 - 2 * error) for error in whatif.MAX_ERRORS)


@pytest.fixture
def rule() -> Rule:
    """A rule whose labels support 0.998, 0.99, 0.98, 0.96 and 0.9 for the five bounds."""
    resolved = rules.resolve(
        ChatRequest(model="m", body={}),
        controls=PLAIN,
        identity=Identity(tenant_id=1, tenant="a", key_id="k", salt=b""),
        defaults=Defaults(),
    )
    return replace(resolved, standing=Standing(labels=999, thresholds=THRESHOLDS))


def candidate(
    number: int, *, similarity: float, probability: float, veto: str | None = None
) -> Weighed:
    return Weighed(
        candidate=Candidate(
            entry_id=number, text="", similarity=similarity, handle=f"ent_{number}"
        ),
        features=(),
        objections=(Objection(veto=veto, reason="no"),) if veto else (),
        probability=probability,
    )


def decision(*weighed: Weighed) -> Decision:
    return Decision(
        decider="conformal",
        category="factual",
        max_error=0.01,
        threshold=0.98,
        basis="then",
        version="v",
        weighed=weighed,
    )


def by_bound(found: tuple[Alternative, ...]) -> dict[float, str | None]:
    return {one.max_error: one.served for one in found if one.max_error is not None}


def by_similarity(found: tuple[Alternative, ...]) -> dict[float, str | None]:
    return {one.threshold: one.served for one in found if one.decider == "static"}


def test_a_looser_bound_would_have_served_what_a_tighter_one_would_not(rule: Rule) -> None:
    found = whatif.alternatives(
        decision(candidate(1, similarity=0.93, probability=0.97)), rule=rule
    )

    assert by_bound(found) == {0.001: None, 0.005: None, 0.01: None, 0.02: "ent_1", 0.05: "ent_1"}
    assert by_similarity(found) == {0.80: "ent_1", 0.85: "ent_1", 0.90: "ent_1", 0.95: None}


def test_each_says_the_least_it_asks_for_now_and_why(rule: Rule) -> None:
    found = whatif.alternatives(decision(), rule=rule)

    for one in found:
        other = replace(
            rule,
            decider=one.decider,
            threshold=one.threshold,
            max_error=one.max_error or rule.max_error,
        )
        assert (one.threshold, one.basis) == (bound.limit(other).least, bound.limit(other).basis)
    assert [one.threshold for one in found[:5]] == [0.998, 0.99, 0.98, 0.96, 0.9]
    assert "999 labels" in found[0].basis


def test_what_a_veto_spoke_against_no_threshold_serves(rule: Rule) -> None:
    vetoed = candidate(1, similarity=0.999, probability=0.999, veto="numbers")
    second = candidate(2, similarity=0.85, probability=0.92)

    found = whatif.alternatives(decision(vetoed, second), rule=rule)

    assert by_bound(found)[0.05] == "ent_2"
    assert by_similarity(found) == {0.80: "ent_2", 0.85: "ent_2", 0.90: None, 0.95: None}


def test_of_several_the_likeliest_would_have_been_served(rule: Rule) -> None:
    nearest = candidate(1, similarity=0.99, probability=0.991)
    likeliest = candidate(2, similarity=0.91, probability=0.995)

    found = whatif.alternatives(decision(nearest, likeliest), rule=rule)

    assert by_bound(found)[0.01] == "ent_2"
    assert by_similarity(found)[0.95] == "ent_1"


def test_an_alarm_tightens_what_would_be_served_now(rule: Rule) -> None:
    one = decision(candidate(1, similarity=0.99, probability=0.97))
    tightened = replace(rule, standing=replace(rule.standing, floor=0.99))

    assert by_bound(whatif.alternatives(one, rule=tightened))[0.05] is None
    assert by_bound(whatif.alternatives(one, rule=rule))[0.05] == "ent_1"


def test_without_candidates_all_would_have_missed(rule: Rule) -> None:
    found = whatif.alternatives(decision(), rule=rule)

    assert len(found) == 9
    assert {one.served for one in found} == {None}
