"""What other bounds would have done: decisions of the past, decided again."""

import pytest

from benchmarks.quality import ruling
from benchmarks.quality.past import Asked, Looked, Past
from benchmarks.scenarios import replay
from semcache.types.decision import Candidate, Decision, Objection, Weighed
from semcache.types.outcome import Source
from semcache.types.standing import Standing

TAUGHT = Standing(category="", thresholds=((0.01, 0.9), (0.05, 0.5)), labels=400)


def decision(probability: float, *, served: bool, vetoed: bool = False) -> Decision:
    objections = (Objection(veto="numbers", reason="they differ"),) if vetoed else ()
    one = Weighed(
        candidate=Candidate(entry_id=1, text="stored", similarity=0.9, handle="ent_1"),
        features=(),
        objections=objections,
        probability=probability,
    )
    return Decision(
        decider="conformal",
        category="factual",
        max_error=0.01,
        threshold=0.9,
        basis="",
        version="",
        weighed=(one,),
        chosen=0 if served else None,
    )


def asked(decided: Decision | None, *, source: Source, probability: float | None = None) -> Asked:
    hit = source is not Source.MISS
    return Asked(
        tenant_id=1,
        category="factual",
        model="m",
        source=source,
        probability=probability,
        saved_usd=0.5 if hit else 0.0,
        decision=decided,
    )


@pytest.fixture
def past() -> Past:
    return Past(
        [0.01, 0.05],
        rule=ruling.usual("Why?"),
        standings={1: [TAUGHT]},
        worth_usd={"m": 0.2},
    )


def test_a_wider_bound_serves_what_was_below_the_threshold(past: Past) -> None:
    past.replay(
        [
            asked(decision(0.95, served=True), source=Source.SEMANTIC),
            asked(decision(0.70, served=False), source=Source.MISS),
            asked(decision(0.99, served=False, vetoed=True), source=Source.MISS),
            asked(decision(0.10, served=False), source=Source.MISS),
        ]
    )

    assert (past.happened.hits, past.would[0.01].hits, past.would[0.05].hits) == (1, 1, 2)
    assert past.happened.saved_usd == pytest.approx(0.5)
    assert past.would[0.05].saved_usd == pytest.approx(0.5 + 0.2)
    assert past.would[0.05].expected_wrong == pytest.approx(0.05 + 0.30)


def test_a_promoted_copy_counts_by_its_probability(past: Past) -> None:
    past.replay([asked(None, source=Source.EXACT, probability=0.8)])

    assert (past.happened.hits, past.would[0.01].hits, past.would[0.05].hits) == (1, 0, 1)


def test_labels_say_what_a_bound_would_have_got_wrong(past: Past) -> None:
    def looked(*, served: bool, correct: bool | None, probability: float | None) -> Looked:
        return Looked(
            tenant_id=1,
            category="factual",
            served=served,
            correct=correct,
            probability=probability,
        )

    past.label(
        [
            looked(served=True, correct=True, probability=0.95),
            looked(served=False, correct=False, probability=0.7),
            looked(served=False, correct=None, probability=None),
        ]
    )

    assert past.happened.error.count == 0
    assert (past.would[0.01].error.count, past.would[0.05].error.count) == (0, 1)
    assert past.would[0.05].error.total == 3


def test_the_table_puts_each_bound_beside_what_happened(past: Past) -> None:
    past.replay([asked(decision(0.7, served=False), source=Source.MISS)])

    rows = replay.sheet(past, hours=24).rows

    assert [row[0] for row in rows] == ["what happened", "1.0%", "5.0%"]
    assert rows[2][1:3] == ("0.500", "1, 100.0%")
    assert "There are no labels" in replay.findings(past).remarks[0]
