import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.encoders.base import CrossEncoder
from embeddings.encoders.hashing import HashingCrossEncoder
from embeddings.errors import EncoderError
from embeddings.types import Scores
from semcache.levels.second_look import NoSecondLook, SecondLook
from semcache.levels.verifier import Report
from semcache.levels.verify import decision
from semcache.policy import rules
from semcache.policy.rules import Defaults
from semcache.types.chat import ChatRequest
from semcache.types.controls import PLAIN
from semcache.types.decision import Candidate, Decision, Objection, Weighed
from semcache.types.identity import Identity
from semcache.types.rule import Rule
from semcache.types.standing import Standing

LEAST = 0.9
REPORT = Report(
    weights="0badcafe",
    base="",
    made_at="",
    seed=1,
    epochs=1,
    sources={},
    trained_on=0,
    held_out=0,
    rows=(),
    steepness=1.0,
    level=0.0,
    thresholds=((0.01, LEAST),),
    beats=True,
)
ASKED = "How do I reset my password?"
TRAPS = (
    ("A flat with 2 rooms in Oslo", "A flat with 3 rooms in Oslo"),
    ("Which foods should I eat?", "Which foods should I not eat?"),
    ("Trains from Rome to Milan", "Trains from Milan to Rome"),
)


@pytest.fixture
def rule() -> Rule:
    """A bound of 1 %."""
    return rules.resolve(
        ChatRequest(model="m", body={}),
        controls=PLAIN,
        identity=Identity(tenant_id=1, tenant="a", key_id="k", salt=b""),
        defaults=Defaults(),
    )


class Told:
    """A cross-encoder that answers what it is told, or does what it is told."""

    name = "told"

    def __init__(self, score: float = 0.0, act: Callable[[], Any] = lambda: None) -> None:
        self.asked: list[tuple[str, str]] = []
        self._score = score
        self._act = act

    def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
        self.asked += pairs
        self._act()
        return np.full(len(pairs), self._score, dtype=np.float32)


def weighed(number: int, probability: float, *vetoes: str) -> Weighed:
    return Weighed(
        candidate=Candidate(entry_id=number, text=f"stored {number}", similarity=0.9),
        features=(),
        objections=tuple(Objection(veto=veto, reason=f"another {veto}") for veto in vetoes),
        probability=probability,
        reason=f"probability {probability}",
    )


def missed(*candidates: Weighed) -> Decision:
    """A miss at a least probability of 0.95."""
    return Decision(
        decider="conformal",
        category="factual",
        max_error=0.01,
        threshold=0.95,
        basis="pooled model",
        version="p/m/c",
        weighed=candidates,
    )


@asynccontextmanager
async def looking(
    encoder: CrossEncoder, *, zone: float = 0.05, patience_s: float = 5.0
) -> AsyncIterator[SecondLook]:
    look = SecondLook(encoder=encoder, report=REPORT, zone=zone, patience_s=patience_s)
    yield look
    look.close()


async def test_a_candidate_in_the_gray_zone_is_served_if_the_cross_encoder_is_sure(
    rule: Rule,
) -> None:
    encoder = Told(0.95)
    async with looking(encoder) as look:
        seen = await look.look(ASKED, missed(weighed(1, 0.5), weighed(2, 0.92)), rule)

    assert seen.chosen == 1
    assert seen.weighed[1].admitted
    assert seen.weighed[1].reason == "probability 0.92; the cross-encoder's 0.9500 exceeds 0.9000"
    assert seen.version == "p/m/c/x0badcafe"
    assert encoder.asked == [(ASKED, "stored 2")]
    assert look.counts == {"served": 1}


@pytest.mark.parametrize("score", [0.0, 0.5, 0.89, 1.0 - LEAST])
async def test_one_that_it_is_not_sure_of_stays_a_miss_and_explain_says_why(
    score: float, rule: Rule
) -> None:
    async with looking(Told(score)) as look:
        seen = await look.look(ASKED, missed(weighed(1, 0.92)), rule)

    assert seen.chosen is None
    assert not seen.weighed[0].admitted
    assert seen.weighed[0].reason.endswith(f"{score:.4f} does not exceed 0.9000")
    assert look.counts == {"refused": 1}


@pytest.mark.parametrize(
    "decided",
    [
        missed(),
        missed(weighed(1, 0.899)),
        missed(weighed(1, 0.92, "numbers")),
        missed(weighed(1, 0.94, "never-match"), weighed(2, 0.5)),
        replace(missed(weighed(1, 0.96)), chosen=0),
        replace(missed(weighed(1, 0.92)), decider="static"),
        replace(missed(weighed(1, 0.92)), decider="vcache"),
    ],
    ids=["none", "below", "vetoed", "barred", "served", "static", "vcache"],
)
async def test_nothing_else_is_looked_at_again(decided: Decision, rule: Rule) -> None:
    encoder = Told(1.0)
    async with looking(encoder) as look:
        assert await look.look(ASKED, decided, rule) is decided
    assert not encoder.asked


@pytest.mark.parametrize(
    "changed", [{"max_error": 0.005}, {"standing": Standing(floor=0.5)}], ids=["bound", "alarm"]
)
async def test_no_second_look_under_a_bound_nobody_measured_nor_after_an_alarm(
    changed: dict[str, Any], rule: Rule
) -> None:
    decided = missed(weighed(1, 0.92))
    async with looking(Told(1.0)) as look:
        assert (await look.look(ASKED, decided, rule)).chosen == 0
        assert await look.look(ASKED, decided, replace(rule, **changed)) is decided


@given(
    st.lists(st.tuples(st.floats(0.0, 0.949), st.booleans()), max_size=8),
    st.floats(0.0, 1.0),
)
def test_whatever_the_candidates_a_vetoed_one_is_never_chosen(
    candidates: list[tuple[float, bool]], zone: float
) -> None:
    decided = missed(
        *(weighed(n, p, *(["numbers"] * vetoed)) for n, (p, vetoed) in enumerate(candidates))
    )

    async def look() -> Decision:
        async with looking(Told(1.0), zone=zone) as looked:
            return await looked.look(ASKED, decided, _RULE)

    seen = asyncio.run(look())
    open_ = [p for p, vetoed in candidates if not vetoed]

    assert seen.chosen is None or not seen.weighed[seen.chosen].objections
    assert (seen.chosen is not None) == (bool(open_) and max(open_) >= 0.95 - zone)


@pytest.mark.parametrize(("asked", "stored"), TRAPS)
async def test_a_real_trap_is_never_served_though_every_word_is_shared(
    asked: str, stored: str, rule: Rule
) -> None:
    near = Candidate(entry_id=1, text=stored, similarity=0.99)
    decided = decision.decide(asked, [near], rule=rule, chance=0.0)
    assert HashingCrossEncoder().score([(asked, stored)])[0] > 0.7
    encoder = Told(1.0)

    async with looking(encoder, zone=1.0) as look:
        assert (await look.look(asked, decided, rule)).chosen is None
    assert not encoder.asked


async def test_a_request_does_not_wait_for_a_slow_cross_encoder_but_the_next_one_knows(
    rule: Rule,
) -> None:
    free = threading.Event()
    encoder = Told(0.95, act=lambda: free.wait(5.0))
    decided = missed(weighed(1, 0.92))
    async with looking(encoder, patience_s=0.02) as look:
        late = await look.look(ASKED, decided, rule)
        queued = await look.look("Another question", decided, rule)
        free.set()
        while (seen := await look.look(ASKED, decided, rule)).chosen is None:
            pass

    assert late.chosen is queued.chosen is None
    assert late.weighed[0].reason == "probability 0.92; the cross-encoder gave no score in time"
    assert look.counts["late"] >= 2
    assert seen.chosen == 0
    assert encoder.asked == [(ASKED, "stored 1")], "what nobody waits for any more is not scored"


@pytest.mark.parametrize("error", [EncoderError("no"), RuntimeError("no")], ids=["told", "not"])
async def test_a_fault_is_a_counted_miss_and_logged_once(
    error: Exception, rule: Rule, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise error

    async with looking(Told(1.0, act=fail)) as look:
        with caplog.at_level(logging.WARNING):
            seen = [await look.look(ASKED, missed(weighed(1, 0.92)), rule) for _ in range(3)]

    assert [one.chosen for one in seen] == [None] * 3
    assert look.counts == {"failed": 3}
    (record,) = caplog.records
    assert record.getMessage() == "No second look by told: no"
    assert bool(record.exc_info and record.exc_info[1]) == isinstance(error, RuntimeError)


async def test_the_same_question_is_scored_once_for_an_entry(rule: Rule) -> None:
    encoder = Told(0.95)
    async with looking(encoder) as look:
        for entry in (1, 1, 2):
            assert (await look.look(ASKED, missed(weighed(entry, 0.92)), rule)).chosen == 0

    assert encoder.asked == [(ASKED, "stored 1"), (ASKED, "stored 2")]


async def test_off_leaves_a_decision_as_it_is(rule: Rule) -> None:
    decided = missed(weighed(1, 0.92))

    assert await NoSecondLook().look(ASKED, decided, rule) is decided


_RULE = rules.resolve(
    ChatRequest(model="m", body={}),
    controls=PLAIN,
    identity=Identity(tenant_id=1, tenant="a", key_id="k", salt=b""),
    defaults=Defaults(),
)
