from dataclasses import replace
from typing import Any

import orjson

from semcache.ledger import detail
from semcache.types.decision import Candidate, Decision, Objection, Origin, Weighed

NAMES = ("similarity", "overlap")
CANDIDATE = Candidate(
    entry_id=7,
    text="Who wrote Hamlet?",
    similarity=0.97,
    handle="ent_7",
    origin=Origin(request_id="r", model="m", created_at=5.0),
)
DECISION = Decision(
    decider="conformal",
    category="factual",
    max_error=0.01,
    threshold=0.9,
    basis="pooled model",
    version="p/m/c0",
    weighed=(
        Weighed(
            candidate=CANDIDATE,
            features=(0.97, 0.5),
            objections=(Objection(veto="numbers", reason="2 against 3"),),
            probability=0.4,
        ),
        Weighed(
            candidate=replace(CANDIDATE, entry_id=8, origin=None),
            features=(0.96, 0.25),
            objections=(),
            probability=0.95,
            admitted=True,
            reason="likely enough",
        ),
    ),
    chosen=1,
)


def stored(decision: Decision = DECISION) -> Any:
    return orjson.loads(orjson.dumps(detail.write(decision, names=NAMES)))


def test_a_decision_reads_back_as_it_was_made() -> None:
    assert detail.read(stored(), names=NAMES) == DECISION


def test_a_feature_that_json_made_an_integer_is_a_number_again() -> None:
    whole = replace(DECISION.weighed[0], features=(1, 0))

    read = detail.read(stored(replace(DECISION, weighed=(whole,))), names=NAMES)

    assert read is not None
    assert [type(value) for value in read.weighed[0].features] == [float, float]


def test_what_answers_say_and_what_was_seen_before_is_not_kept() -> None:
    candidate = replace(CANDIDATE, signature=b"secret", observations=((0.9, True),))
    weighed = (replace(DECISION.weighed[0], candidate=candidate),)

    (kept,) = stored(replace(DECISION, weighed=weighed, chosen=0))["candidates"]

    assert not {"signature", "observations"} & set(kept)
    assert "secret" not in str(kept)


def test_features_are_kept_by_name_and_those_of_another_version_are_no_features() -> None:
    assert stored()["candidates"][1]["features"] == {"similarity": 0.96, "overlap": 0.25}
    read = detail.read(stored(), names=("similarity", "else"))

    assert read is not None
    assert read.weighed[1].features == ()


def test_a_long_text_is_cut() -> None:
    long = replace(DECISION.weighed[0], candidate=replace(CANDIDATE, text="x" * 3_000))

    (kept,) = stored(replace(DECISION, weighed=(long,), chosen=None))["candidates"]

    assert len(kept["text"]) == detail.TEXT_LIMIT


def test_nothing_is_read_where_the_level_was_not_asked() -> None:
    assert detail.read({}, names=NAMES) is None
