"""Which requests are drawn, and what the worker is told of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dramatiq
import msgspec
import pytest
from dramatiq.brokers.stub import StubBroker

from semcache.flight.queue import BACKGROUND, Queue
from semcache.gateway import drawing
from semcache.gateway.call import Call
from semcache.levels.verify import bound
from semcache.types.answer import Answer, Hit
from semcache.types.audit import LIMIT_BYTES, Audit, Rescore
from semcache.types.chat import ChatRequest
from semcache.types.controls import Controls
from semcache.types.decision import Candidate, Decision, Objection, Weighed
from semcache.types.identity import Identity
from semcache.types.rule import Rule, Shadow
from semcache.types.standing import Standing
from semcache.types.usage import Usage

RULE = Rule(
    serve_exact=True,
    serve_semantic=True,
    store=True,
    index=True,
    bypass=None,
    asked=False,
    category="factual",
    decider="conformal",
    threshold=0.9,
    max_error=0.01,
    caution="strict",
    conversations="exact",
    audit_share=0.02,
    audit_usd_per_day=1.0,
    ttl_s=60,
    keep_stale_s=0,
    keep_truncated=False,
    standing=Standing(labels=300, floor=0.93),
)


def weighed(entry_id: int, similarity: float, *against: Objection) -> Weighed:
    candidate = Candidate(entry_id=entry_id, text=f"text {entry_id}", similarity=similarity)
    return Weighed(
        candidate=candidate,
        features=(similarity, 0.0),
        objections=against,
        probability=similarity - 0.05,
    )


def decision(*candidates: Weighed, chosen: int | None = None) -> Decision:
    return Decision(
        decider="conformal",
        category="factual",
        max_error=0.01,
        threshold=0.93,
        basis="",
        version="",
        weighed=candidates,
        chosen=chosen,
    )


def call(rule: Rule = RULE, *, text: str = "Why?", decided: Decision | None = None) -> Call:
    body = {"model": "m", "messages": [{"role": "user", "content": text}], "n": 1}
    return Call(
        identity=Identity(tenant_id=7, tenant="t", key_id="k", salt=b""),
        request=ChatRequest(model="m", body=body),
        controls=Controls(),
        rule=rule,
        fingerprint=b"f",
        request_id="r",
        drawn=True,
        decision=decided,
    )


def hit(*, level: str = "semantic", body: bytes = b'{"choices": []}') -> Hit:
    answer = Answer(
        entry_id=1,
        handle="ent_1",
        body=body,
        created_at=0.0,
        expires_at=1.0,
        cost_usd=0.5,
        usage=Usage(),
    )
    return Hit(level=level, answer=answer, similarity=0.99, probability=0.94)


@pytest.mark.parametrize(
    ("share", "labels", "drawn"),
    [(0.02, 300, 0.02), (0.02, 299, 0.06), (0.05, 0, 0.10), (0.2, 0, 0.2), (0.0, 0, 0.0)],
)
def test_a_place_with_few_labels_is_drawn_from_more_often_but_never_where_the_share_is_0(
    share: float, labels: int, drawn: float
) -> None:
    rule = replace(RULE, audit_share=share, standing=Standing(labels=labels))

    assert drawing.share(rule) == pytest.approx(drawn)
    assert drawing.draw(rule, chance=0.0) == (drawn > 0)
    assert drawing.draw(rule, chance=drawn * 0.999) == (drawn > 0)
    assert not drawing.draw(rule, chance=drawn)


def test_without_a_budget_nothing_is_drawn() -> None:
    assert drawing.share(replace(RULE, audit_usd_per_day=0.0, audit_share=1.0)) == 0.0


def test_of_a_miss_the_likeliest_unopposed_candidate_is_examined() -> None:
    veto = Objection(veto="numbers", reason="they differ")
    near = call(decided=decision(weighed(1, 0.97, veto), weighed(2, 0.9), weighed(3, 0.92)))
    (found,) = drawing.examined(near, drawing._subject(near))  # noqa: SLF001 - as the gateway has it

    assert (found.witness, found.served, found.entry_id) == ("miss", False, 3)
    assert (found.asked, found.stored) == ("Why?", "text 3")
    assert found.features == (0.92, 0.0)
    assert (found.max_error, found.threshold) == (0.01, bound.limit(RULE).least)


def test_a_miss_without_a_candidate_is_examined_as_such() -> None:
    near = call(decided=decision())
    (found,) = drawing.examined(near, drawing._subject(near))  # noqa: SLF001

    assert (found.witness, found.entry_id, found.probability) == ("miss", None, None)


def test_what_only_the_shadow_would_have_served_is_examined_too() -> None:
    rule = replace(RULE, shadow=Shadow(decider="static", threshold=0.9, max_error=0.01))
    odd = replace(weighed(2, 0.91), probability=0.99)
    near = call(rule, decided=decision(weighed(1, 0.89), odd))
    same = drawing.examined(near, drawing._subject(near))  # noqa: SLF001
    assert [one.witness for one in same] == ["miss"], "the same candidate, once"

    other = replace(weighed(3, 0.89), probability=0.999)
    near = call(rule, decided=decision(weighed(1, 0.95), other))
    found = drawing.examined(near, drawing._subject(near))  # noqa: SLF001
    assert [(one.witness, one.entry_id) for one in found] == [("miss", 3), ("shadow", 1)]


def test_a_request_that_is_not_drawn_or_too_large_is_not_examined() -> None:
    undrawn = call(decided=decision())
    undrawn.drawn = False
    large = call(text="x" * LIMIT_BYTES, decided=decision())

    for one in (undrawn, large, call()):
        assert drawing.examined(one, drawing._subject(one)) == []  # noqa: SLF001


@pytest.fixture
def broker() -> StubBroker:
    made = StubBroker()
    made.declare_queue(BACKGROUND)
    return made


@pytest.fixture
def queue(broker: StubBroker) -> Iterator[Queue]:
    made = Queue(broker=broker)
    yield made
    made.close()


def sent(broker: StubBroker) -> Any:
    """Read the one message that was sent, as the worker does."""
    message: dramatiq.Message[None] = dramatiq.Message.decode(
        broker.queues[BACKGROUND].get_nowait()
    )
    kinds: dict[str, Any] = {"audit": Audit, "rescore": Rescore}
    ((name, said),) = message.kwargs.items()
    assert name == message.actor_name
    return msgspec.json.decode(said, type=kinds[name])


async def test_a_served_hit_is_sent_with_its_request_and_its_answer(
    broker: StubBroker, queue: Queue
) -> None:
    served = call(decided=decision(weighed(1, 0.99), chosen=0))

    await drawing.Auditing(queue=queue).send(served, hit(), now=100.0)

    audit = sent(broker)
    assert (audit.tenant_id, audit.request_id, audit.model) == (7, "r", "m")
    assert audit.body == served.request.body
    assert (audit.answer, audit.cost_usd) == ('{"choices": []}', 0.5)
    (found,) = audit.examined
    assert (found.witness, found.served, found.entry_id) == ("audit", True, 1)
    assert (found.asked, found.stored, found.features) == ("Why?", "text 1", (0.99, 0.0))


async def test_a_promoted_copy_is_sent_with_what_it_says_of_itself(
    broker: StubBroker, queue: Queue
) -> None:
    await drawing.Auditing(queue=queue).send(call(), hit(level="exact"), now=100.0)

    (found,) = sent(broker).examined
    assert (found.served, found.entry_id, found.asked) == (True, 1, "Why?")
    assert (found.similarity, found.probability) == (0.99, 0.94)
    assert found.stored == "", "the worker reads it from the book"


async def test_what_is_too_large_is_only_counted(broker: StubBroker, queue: Queue) -> None:
    large = hit(body=b"x" * (LIMIT_BYTES + 1))

    await drawing.Auditing(queue=queue).send(call(), large, now=100.0)

    audit = sent(broker)
    assert audit.too_large
    assert (audit.body, audit.answer) == ({}, "")


async def test_the_candidates_go_to_the_second_encoder_where_there_is_one(
    broker: StubBroker, queue: Queue
) -> None:
    near = call(decided=decision(weighed(1, 0.99), weighed(2, 0.9)))

    await drawing.Auditing(queue=queue).rescore(near, now=100.0)
    assert broker.queues[BACKGROUND].empty()

    await drawing.Auditing(queue=queue, rescores=True).rescore(near, now=100.0)
    rescore = sent(broker)
    assert [one.entry_id for one in rescore.candidates] == [1, 2]
    assert rescore.rule == RULE
