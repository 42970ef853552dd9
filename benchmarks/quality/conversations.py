"""Conversations: the last turn alone is no key. One is stored, the other one's last turn asked."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.quality import pairs, ruling
from benchmarks.quality.datasets import Conversation, Pair
from benchmarks.quality.pairs import Judged
from benchmarks.quality.vectors import Vectorizer
from semcache import keys
from semcache.levels.semantic import LEAST_SIMILARITY
from semcache.levels.verify import signature, turns
from semcache.levels.verify.turns import Talk, Vectors
from semcache.types.chat import ChatRequest
from semcache.types.decision import Candidate
from semcache.types.key import Subject

REPLY = "All right."
"""What the assistant said where a set does not say: the same on both sides, so that no trap is
known by it."""
REMARK = " I hope that this helps."

Way = Callable[[Conversation, Vectors], Judged]
"""Decides about two conversations, given the vectors of their texts."""


def exact(one: Conversation, vectors: Vectors) -> Judged:
    """Earlier turns must be equal to the letter, as the product's own keys have it."""
    stored, asked = (keys.subject(side, tenant_id=0, namespace="") for side in _requests(one))
    assert stored is not None
    assert asked is not None
    if stored.scope == asked.scope:
        return last_turn(one, vectors)
    return _refused(one)


def last_turn(one: Conversation, vectors: Vectors) -> Judged:
    """Compare the last turns only: what a cache does that knows no context. For comparison."""
    return pairs.decide(_last(one), float(vectors[one.stored[-1]] @ vectors[one.asked[-1]]))


def contextual(one: Conversation, vectors: Vectors) -> Judged:
    """Compare the whole conversations, as the product does where its policy says so."""
    stored, asked = (keys.conversation(side, tenant_id=0, namespace="") for side in _requests(one))
    if stored is None or asked is None:
        return exact(one, vectors)
    if stored == asked:
        return last_turn(one, vectors)
    cosine = float(vectors[turns.standalone(stored.text)] @ vectors[turns.standalone(asked.text)])
    if stored.scope != asked.scope or cosine < LEAST_SIMILARITY:
        return _refused(one)
    return _decide(one, stored, asked, cosine, vectors)


def reworded(one: Conversation, vectors: Vectors) -> Judged:
    """The same where the assistant said the same in other words: its first turns were no hits."""
    replies = one.asked_answers or (REPLY,) * (len(one.asked) - 1)
    return contextual(replace(one, asked_answers=tuple(r + REMARK for r in replies)), vectors)


WAYS: dict[str, Way] = {
    "exact": exact,
    "last-turn": last_turn,
    "contextual": contextual,
    "contextual-reworded": reworded,
}


def judge(
    conversations: Sequence[Conversation], *, name: str, vectorizer: Vectorizer
) -> dict[str, list[Judged]]:
    """Decide each, in every way."""
    sides = [side for one in conversations for side in (one.stored, one.asked)]
    texts = [text for side in sides for text in (*side, turns.standalone(_joined(side)))]
    vectors = dict(zip(texts, vectorizer.encode(texts, title=f"encode {name}"), strict=True))
    return {way: [decide(one, vectors) for one in conversations] for way, decide in WAYS.items()}


def _decide(
    one: Conversation, stored: Subject, asked: Subject, cosine: float, vectors: Vectors
) -> Judged:
    rule = ruling.usual(*one.asked)
    ours = _talk(asked)
    candidate = Candidate(
        entry_id=1,
        text=stored.text,
        similarity=cosine,
        signature=signature.of(f"answer to {stored.text}"),
        answers=turns.pack(stored.answers or ()),
    )
    against = turns.oppose(ours, [candidate], rule=rule, literally=False)
    weighed = turns.weigh(ours, [candidate], against=against, vectors=vectors, rule=rule)
    decided = turns.settle(weighed, rule=rule, chance=0.0)
    (found,) = decided.weighed
    return Judged(
        pair=_last(one),
        served=decided.chosen is not None and rule.serve_semantic,
        similarity=found.candidate.similarity,
        probability=found.probability,
        threshold=decided.threshold,
        objections=found.objections,
    )


def _refused(one: Conversation) -> Judged:
    return Judged(pair=_last(one), served=False, similarity=0.0, probability=0.0, threshold=0.0)


def _requests(one: Conversation) -> tuple[ChatRequest, ChatRequest]:
    return _request(one.stored, one.answers), _request(one.asked, one.asked_answers)


def _request(said: Sequence[str], answers: Sequence[str]) -> ChatRequest:
    replies = answers or (REPLY,) * (len(said) - 1)
    plain = ruling.request(*said)
    messages = [dict(message) for message in plain.body["messages"]]
    for message, reply in zip(messages[1::2], replies, strict=True):
        message["content"] = reply
    return replace(plain, body={**plain.body, "messages": messages})


def _talk(subject: Subject) -> Talk:
    return turns.talk(subject.text, turns.pack(subject.answers or ()))


def _joined(said: Sequence[str]) -> str:
    subject = keys.conversation(_request(said, ()), tenant_id=0, namespace="")
    return said[-1] if subject is None else subject.text


def _last(one: Conversation) -> Pair:
    return Pair(stored=one.stored[-1], asked=one.asked[-1], fits=one.fits, kind=one.kind)
