"""Two conversations side by side, turn by turn. Pure.

A last turn means what the turns before it make of it: "yes, cancel it" is the answer to anything.
So a conversation stands for another one only if each of the user's turns stands for its opposite
number, and all of them together do, too. What the assistant said in between has to agree; and where
a turn points back at it ("it", "the second one", "why?"), it has to be the same to the letter.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from semcache.levels.verify import decision, intervals, reading, references, signature, vetoes
from semcache.types.decision import Candidate, Caution, Decision, Objection, Weighed
from semcache.types.key import TURN
from semcache.types.rule import Rule

AGREEMENT = 0.8
"""How much of their words two earlier answers must share, where nothing points back at them."""

LETTER = Objection(
    veto="conversation", reason="earlier turns differ, and the policy compares them to the letter"
)

_DIGEST_BYTES = 32

Vectors = Mapping[str, npt.NDArray[np.float32]]
"""Vectors by text, (d,) float32, L2-normalised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation up to the answer that is asked for.

    `turns`: what the user said, the last one included. `answers`: the assistant's earlier turns, as
    `pack` has them.
    """

    turns: tuple[str, ...]
    answers: bytes


def talk(text: str, answers: bytes) -> Talk:
    """Read a conversation from its joined turns."""
    return Talk(turns=tuple(text.split(TURN)), answers=answers)


def standalone(text: str) -> str:
    """Give what is encoded for a text: of a conversation the last turn, then what it was about.

    The latest comes first, since an encoder reads no more than the beginning of a long text.
    """
    return "\n".join(reversed(text.split(TURN)))


def pack(answers: Sequence[str]) -> bytes:
    """Pack answers for comparing them: a digest of all, then the signature of each."""
    digest = hashlib.sha256()
    for answer in answers:
        digest.update(hashlib.sha256(answer.encode()).digest())
    return digest.digest() + b"".join(signature.of(answer) for answer in answers)


def is_literal(asked: Talk, stored: Talk) -> bool:
    """Say whether all earlier turns of both sides are the same to the letter."""
    return asked.turns[:-1] == stored.turns[:-1] and _equal(asked, stored)


def objections(asked: Talk, stored: Talk, *, caution: Caution) -> tuple[Objection, ...]:
    """List what speaks against a conversation: a veto in any turn, and earlier answers."""
    if len(asked.turns) != len(stored.turns):
        return (Objection(veto="turns", reason="one has more turns than the other"),)
    found = []
    for place, (ours, theirs) in enumerate(zip(asked.turns, stored.turns, strict=True)):
        pair = vetoes.compare(reading.read(ours), reading.read(theirs))
        for one in vetoes.objections(pair, caution=caution):
            reason = f"{_name(place, asked)}: {one.reason}"
            found.append(Objection(veto=one.veto, reason=reason))
        if references.stance(ours) * references.stance(theirs) < 0:
            reason = f"{_name(place, asked)}: one says yes, the other no"
            found.append(Objection(veto="negation", reason=reason))
    if disagreement := _disagree(asked, stored):
        found.append(Objection(veto="answers", reason=disagreement))
    return tuple(found)


def oppose(
    asked: Talk, candidates: Sequence[Candidate], *, rule: Rule, literally: bool
) -> list[tuple[Objection, ...]]:
    """List for each candidate what speaks against it.

    Args:
        literally: earlier turns have to be the same to the letter.
    """
    found: list[tuple[Objection, ...]] = []
    for candidate in candidates:
        stored = talk(candidate.text, candidate.answers)
        if candidate.barred:
            found.append((decision.BARRED,))
        elif literally and not is_literal(asked, stored):
            found.append((LETTER,))
        else:
            found.append(objections(asked, stored, caution=rule.caution))
    return found


def needed(asked: Talk, stored: Talk) -> set[str]:
    """Name the texts whose vectors are needed to weigh a pair."""
    both = [(asked.turns[place], stored.turns[place]) for place in _links(asked, stored)]
    return {text for ours, theirs in both if ours != theirs for text in (ours, theirs)}


def weigh(
    asked: Talk,
    candidates: Sequence[Candidate],
    *,
    against: Sequence[tuple[Objection, ...]],
    vectors: Vectors,
    rule: Rule,
) -> list[Weighed]:
    """Weigh conversations: one that nothing speaks against is as likely as its weakest link.

    Its features, similarity and probability are the weakest's, and the reason names it. Where all
    earlier turns are the same to the letter, the last turn is the only link.

    Args:
        candidates: of as many turns as asked; their similarity is that of the whole.
        against: as `oppose` has it.
        vectors: of all texts that are `needed` for those that nothing speaks against.
    """
    whole = decision.weigh(TURN.join(asked.turns), candidates, rule=rule)
    unopposed = [
        candidate for candidate, spoken in zip(candidates, against, strict=True) if not spoken
    ]
    rows = [
        iter(_at(place, asked, unopposed, vectors=vectors, rule=rule))
        for place in range(len(asked.turns))
    ]
    found = []
    for together, spoken in zip(whole, against, strict=True):
        if spoken:
            found.append(replace(together, objections=spoken))
            continue
        stored = talk(together.candidate.text, together.candidate.answers)
        turns = [next(row) for row in rows]
        links = {_name(place, asked): turns[place] for place in _links(asked, stored)}
        if not is_literal(asked, stored):
            links["the conversation as a whole"] = together
        found.append(_weakest(together.candidate, links))
    return found


def literally(weighed: Sequence[Weighed], *, asked: Talk) -> list[Weighed]:
    """Let nothing be served but what follows on the very same earlier turns."""
    return [
        one
        if is_literal(asked, talk(one.candidate.text, one.candidate.answers))
        else replace(one, objections=(*one.objections, LETTER))
        for one in weighed
    ]


def settle(weighed: Sequence[Weighed], *, rule: Rule, chance: float) -> Decision:
    """Take the likeliest conversation that may be served; the reasons name the weakest links."""
    decided = decision.settle(weighed, rule=rule, chance=chance)
    told = [
        one if one.objections else replace(one, reason=f"{before.reason}: {one.reason}")
        for before, one in zip(weighed, decided.weighed, strict=True)
    ]
    return replace(decided, weighed=tuple(told))


def supported(wrong: int, drawn: int, *, max_error: float) -> bool:
    """Say whether labels support comparing whole conversations within an error.

    Args:
        wrong: drawn requests that would have been answered wrongly by it.
        drawn: all drawn requests with earlier turns.
    """
    return drawn > 0 and intervals.clopper_pearson(wrong, drawn).high <= max_error


def _links(asked: Talk, stored: Talk) -> list[int]:
    """Name the turns that have to be weighed: those that differ, and always the last."""
    last = len(asked.turns) - 1
    return [
        place
        for place, (ours, theirs) in enumerate(zip(asked.turns, stored.turns, strict=True))
        if ours != theirs or place == last
    ]


def _at(
    place: int, asked: Talk, candidates: Sequence[Candidate], *, vectors: Vectors, rule: Rule
) -> list[Weighed]:
    """Weigh one turn of all candidates. Their answers vote on the last one only."""
    ours, is_last = asked.turns[place], place == len(asked.turns) - 1
    turns = []
    for candidate in candidates:
        theirs = talk(candidate.text, candidate.answers).turns[place]
        alike = 1.0 if ours == theirs else float(vectors[ours] @ vectors[theirs])
        signed = candidate.signature if is_last else b""
        turns.append(replace(candidate, text=theirs, similarity=alike, signature=signed))
    return decision.weigh(ours, turns, rule=rule)


def _weakest(candidate: Candidate, links: Mapping[str, Weighed]) -> Weighed:
    name, weakest = min(links.items(), key=lambda link: link[1].probability)
    similarity = min(link.candidate.similarity for link in links.values())
    return Weighed(
        candidate=replace(candidate, similarity=similarity),
        features=weakest.features,
        objections=(),
        probability=weakest.probability,
        reason=name,
    )


def _disagree(asked: Talk, stored: Talk) -> str | None:
    """Say why the earlier answers of two conversations keep them apart."""
    if _equal(asked, stored):
        return None
    if need := _needs(asked) or _needs(stored):
        return f"{need}, and the earlier answers are not the same to the letter"
    ours, theirs = (_signatures(talked.answers) for talked in (asked, stored))
    if len(ours) != len(theirs):
        return "one has more answers than the other"
    for number, (mine, other) in enumerate(zip(ours, theirs, strict=True), start=1):
        agreed = signature.agreement(mine, other) or 0.0
        if agreed < AGREEMENT:
            return f"earlier answer {number} agrees by {agreed:.2f}, less than {AGREEMENT}"
    return None


def _needs(talked: Talk) -> str | None:
    """Name the first turn that points back at an answer. An opening has nothing to point at."""
    after = 1 if len(talked.turns) > 1 else 0
    for place, turn in enumerate(talked.turns[after:], start=after):
        if word := references.back(turn, before=talked.turns[:place]):
            return f"{_name(place, talked)} needs what was said before ({word})"
    return None


def _equal(asked: Talk, stored: Talk) -> bool:
    """Say whether the earlier answers are the same to the letter."""
    return asked.answers[:_DIGEST_BYTES] == stored.answers[:_DIGEST_BYTES]


def _signatures(packed: bytes) -> list[bytes]:
    rest = packed[_DIGEST_BYTES:]
    return [rest[at : at + signature.BUCKETS] for at in range(0, len(rest), signature.BUCKETS)]


def _name(place: int, talked: Talk) -> str:
    return f"turn {place + 1} of {len(talked.turns)}"
