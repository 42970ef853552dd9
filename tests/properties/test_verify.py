"""The pure decision holds its laws on any text, any labels, any observations."""

from dataclasses import replace
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from semcache.levels.verify import (
    alignment,
    bound,
    conformal,
    decision,
    features,
    learning,
    pairs,
    probability,
    reading,
    signature,
    vcache,
    vetoes,
)
from semcache.levels.verify.words import Word, stem
from semcache.policy import rules
from semcache.policy.rules import Defaults
from semcache.types.chat import ChatRequest
from semcache.types.controls import PLAIN
from semcache.types.decision import CAUTIONS, DECIDERS, Candidate, Objection
from semcache.types.identity import Identity
from semcache.types.rule import Rule
from semcache.types.standing import Standing
from tests.strategies import unhurried

thorough = settings(deadline=None, max_examples=150)

# What people write, and what they might.
PHRASES = (
    "How do I|what is|who beat|who did|is it|not|no|never|without|neither|nor|turn|off|on|"
    "the lights|safe|unsafe|dangerous|increase|decrease|from|to|than|Oslo|Rome|New York|NYC|US|"
    "Ada|Python 3.10|python2|5|five|1,000|1k|3.1|1/2|half an hour|30 minutes|$5|five bucks|5 kg|"
    "2 lb|twice a day|the first|the last|all|only|Jan 5 2024|2024-01-05|3pm|15:00|on Monday|"
    "`os.walk`|get_user|a == b|a != b|-x|main.py|\"good day\"|'bad day'|don't|can't|won't|"
    "bake bread|chases|the dog|the cat|compare|between|and|or|?|.|,|!|Wie ist das|и|今日は|²|½|٣|"
    "per month|yearly|today|vitamin D|the 80s|one|a|dozen|hundred|and a half|minus|-5|°C|please"
).split("|")
sentences = st.lists(st.sampled_from(PHRASES), max_size=9).map(" ".join)
texts = st.text(max_size=40) | sentences
similarities = st.floats(-1, 1)
signatures = st.just(b"") | st.text(max_size=9).map(signature.of) | st.binary(max_size=9)
observed = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30)
candidates = st.builds(
    Candidate,
    entry_id=st.integers(1, 99),
    text=texts,
    similarity=similarities,
    signature=signatures,
    observations=observed.map(tuple),
    barred=st.booleans(),
)


def objections(asked: str, stored: str, **said: Any) -> tuple[Objection, ...]:
    pair = vetoes.compare(reading.read(asked), reading.read(stored))
    return vetoes.objections(pair, caution=said.get("caution", "strict"))


_RESOLVED = rules.resolve(
    ChatRequest(model="m", body={}),
    controls=PLAIN,
    identity=Identity(tenant_id=1, tenant="a", key_id="k", salt=b""),
    defaults=Defaults(),
)


def rule(**changes: Any) -> Rule:
    return replace(_RESOLVED, **changes)


# ------------------------------------------------------------------ objections
@thorough
@given(text=texts, caution=st.sampled_from(CAUTIONS))
def test_a_text_has_no_objection_against_itself(text: str, caution: str) -> None:
    assert objections(text, text, caution=caution) == ()
    assert objections(f"  {text}\n", text, caution=caution) == ()


@thorough
@given(text=sentences, mark=st.sampled_from(["", ".", "?", "!", "?!", "..."]))
def test_case_and_white_space_and_a_final_mark_change_nothing(text: str, mark: str) -> None:
    text = text.rstrip(" .?!,")
    assume(text.upper().lower() == text.lower())
    written = "\n ".join(text.split(" ")) + mark

    assert objections(written, text) == ()
    assert objections(text.lower() + mark, text) == ()
    assert objections(text, text.lower() + mark) == ()


@thorough
@given(asked=texts, stored=texts)
def test_it_does_not_matter_which_came_first(asked: str, stored: str) -> None:
    ours = {one.veto for one in objections(asked, stored)}

    assert ours == {one.veto for one in objections(stored, asked)}


@thorough
@given(asked=texts, stored=texts, caution=st.sampled_from(CAUTIONS))
def test_an_objection_is_named_and_said_in_words(asked: str, stored: str, caution: str) -> None:
    for one in objections(asked, stored, caution=caution):
        assert one.veto in vetoes.VETOES
        assert len(one.reason.split()) > 3


@thorough
@given(asked=texts, stored=texts)
def test_the_more_cautious_a_policy_the_more_is_objected_to(asked: str, stored: str) -> None:
    usual, strict, exact = (
        {one.veto for one in objections(asked, stored, caution=caution)}
        for caution in ("usual", "strict", "exact")
    )

    assert usual <= strict <= exact


@given(value=st.integers(0, 10**14))
def test_thousands_may_be_parted_by_commas(value: int) -> None:
    assert not objections(f"about {value:,} of them", f"about {value} of them")


@given(one=st.integers(0, 10**20), other=st.integers(0, 10**20))
def test_different_numbers_are_different(one: int, other: int) -> None:
    assert bool(objections(f"read page {one}", f"read page {other}")) == (one != other)


@given(amount=st.integers(1, 10**6), unit=st.sampled_from(["kg g", "km m long", "gb mb", "l ml"]))
def test_a_measure_is_the_same_in_the_unit_below(amount: int, unit: str) -> None:
    large, small = unit.split(maxsplit=1)

    assert not objections(f"take {amount} {large}", f"take {amount * 1_000} {small}")
    assert objections(f"take {amount} {large}", f"take {amount * 1_000 + 1} {small}")


words = st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=12)


@given(one=words, other=words)
def test_edits_are_counted_the_same_either_way(one: str, other: str) -> None:
    edits = min(alignment.distance(one, other, limit=3), 4)

    assert edits == min(alignment.distance(other, one, limit=3), 4)
    assert (edits == 0) == (one == other)
    assert alignment.alike(Word(one, stem(one)), Word(one, stem(one)))


@given(one=st.text(), other=st.text())
def test_a_pair_has_one_name(one: str, other: str) -> None:
    assert pairs.name(one, other) == pairs.name(other, one)


# ------------------------------------------------------------------ features, probability
@thorough
@given(asked=texts, stored=texts, similarity=similarities)
def test_a_probability_is_a_probability(asked: str, stored: str, similarity: float) -> None:
    pair = vetoes.compare(reading.read(asked), reading.read(stored))
    row = features.measure(pair, similarity=similarity, votes=signature.Votes(support=1.0))
    (likely,) = probability.pooled().of([row])

    assert len(row) == len(features.NAMES)
    assert 0.0 <= likely <= 1.0
    by_name = dict(zip(features.NAMES, row, strict=True))
    for share in ("shared", "trigrams", "exchanged", "order", "same", "soft_denial"):
        assert 0.0 <= by_name[share] <= 1.0


@given(one=st.text(), other=st.text())
def test_signatures_agree_from_0_to_1(one: str, other: str) -> None:
    ours, theirs = signature.of(one), signature.of(other)
    agreed = signature.agreement(ours, theirs)

    assert agreed is not None
    assert 0.0 <= agreed <= 1.0 + 1e-6
    assert signature.agreement(ours, ours) == 1.0


# ------------------------------------------------------------------ the decision
@thorough
@given(
    asked=st.text() | texts,
    near=st.lists(candidates, max_size=8),
    decider=st.sampled_from(DECIDERS),
    caution=st.sampled_from(CAUTIONS),
    max_error=st.sampled_from([0.0, 0.001, 0.01, 0.05, 0.5, 1.0]),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_any_candidates_are_decided_about_by_the_rules(
    *,
    asked: str,
    near: list[Candidate],
    decider: Any,
    caution: Any,
    max_error: float,
    chance: float,
) -> None:
    by = rule(decider=decider, caution=caution, max_error=max_error, threshold=0.5)
    decided = decision.decide(asked, near, rule=by, chance=chance)
    admitted = [one for one in decided.weighed if one.admitted]

    assert decided == decision.decide(asked, near, rule=by, chance=chance)
    assert [one.candidate for one in decided.weighed] == near
    assert all(one.reason for one in decided.weighed)
    for one in admitted:
        assert not one.objections
        assert not one.candidate.barred
    if decided.chosen is None:
        assert not admitted
    else:
        best = decided.weighed[decided.chosen]
        assert best.admitted
        assert best.probability == max(one.probability for one in admitted)


@unhurried
@given(text=st.text(min_size=1, max_size=9), times=st.integers(1, 20_000), tail=st.text(max_size=3))
def test_a_text_of_any_length_is_read(text: str, times: int, tail: str) -> None:
    long = text * min(times, 100_000 // len(text)) + tail
    one = Candidate(entry_id=1, text=long, similarity=1.0)
    (weighed,) = decision.decide(long, [one], rule=_RESOLVED, chance=0.5).weighed

    assert weighed.objections == ()
    assert 0.0 <= weighed.probability <= 1.0


# ------------------------------------------------------------------ labels
scored = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)
errors = st.sampled_from([0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5])


@given(labels=scored, missed=st.integers(0, 2_000), max_error=errors)
def test_no_threshold_rests_on_too_few_labels_or_lets_too_many_wrong_ones_through(
    labels: list[tuple[float, bool]], missed: int, max_error: float
) -> None:
    scores, correct = [s for s, _ in labels], [c for _, c in labels]
    drawn = len(labels) + missed
    least = conformal.threshold(scores, correct, drawn=drawn, max_error=max_error)

    assert (least is None) == (drawn < conformal.needed(max_error))
    if least is not None:
        wrong = sum(score >= least and not right for score, right in labels)
        assert (wrong + 1) / (drawn + 1) <= max_error + 1e-9


@given(labels=scored, missed=st.integers(0, 5_000), floor=st.sampled_from([0.0, 0.9]))
def test_a_tighter_bound_never_serves_more(
    labels: list[tuple[float, bool]], missed: int, floor: float
) -> None:
    model = probability.pooled()
    thresholds = conformal.supported(
        [s for s, _ in labels],
        [c for _, c in labels],
        drawn=len(labels) + missed,
        pooled=[(error, model.least(error)) for error in learning.MAX_ERRORS],
    )
    standing = Standing(thresholds=thresholds, model=model.version, floor=floor)
    asked = [0.0, 0.0005, *sorted({*learning.MAX_ERRORS, 0.003, 0.3, 1.0})]
    least = [bound.limit(rule(max_error=e, standing=standing)).least for e in asked]

    assert least == sorted(least, reverse=True)
    assert min(least) >= floor


# ------------------------------------------------------------------ vCache
@given(similarity=similarities, seen=observed, max_error=st.floats(0, 1))
def test_the_chance_to_explore_is_a_chance(
    similarity: float, seen: list[tuple[float, bool]], max_error: float
) -> None:
    explored = vcache.exploration(similarity, seen, max_error=max_error)

    assert 0.0 <= explored <= 1.0
    if not any(right for _, right in seen) or similarity < min(s for s, _ in seen):
        assert explored == 1.0


@given(similarity=similarities, seen=observed)
def test_a_tighter_bound_explores_more(similarity: float, seen: list[tuple[float, bool]]) -> None:
    explored = [vcache.exploration(similarity, seen, max_error=e) for e in (0.2, 0.05, 0.01, 0.0)]

    assert explored == sorted(explored)
