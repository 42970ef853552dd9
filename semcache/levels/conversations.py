"""Whole conversations, weighed turn by turn (levels/verify/turns.py); the vectors it takes."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from embeddings.types import Vectors
from semcache.levels.verify import turns
from semcache.levels.verify.turns import Talk
from semcache.types.decision import Candidate, Decision
from semcache.types.key import Subject
from semcache.types.rule import Rule

_KNOWN_LIMIT = 4_096
"""Vectors of turns that are remembered: about 6 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """What became of the candidates: by the way that serves, and by whole conversations.

    `contextual`: None where that was not looked at. `chosen_literally`: what was chosen follows on
    the very same earlier turns, or nothing was chosen.
    """

    decided: Decision
    contextual: Decision | None
    chosen_literally: bool


class Conversations:
    """Weighs conversations.

    Args:
        encode: text to vector, (d,) float32, L2-normalised.
    """

    def __init__(self, *, encode: Callable[[str], Awaitable[Vectors]]) -> None:
        self._encode = encode
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    async def decide(
        self,
        subject: Subject,
        candidates: Sequence[Candidate],
        *,
        rule: Rule,
        drawn: bool,
        chance: float,
    ) -> Weighing:
        """Decide about conversations, as the rule has it.

        Args:
            drawn: for the audit: whole conversations are compared, whatever the rule serves.

        Raises:
            CacheFaultError: the encoder failed.
        """
        asked = turns.talk(subject.text, turns.pack(subject.answers or ()))
        serves = rule.conversations == "contextual"
        whole = serves or drawn
        against = turns.oppose(asked, candidates, rule=rule, literally=not whole)
        unopposed = [c for c, spoken in zip(candidates, against, strict=True) if not spoken]
        vectors = await self._vectors(asked, unopposed)
        weighed = turns.weigh(asked, candidates, against=against, vectors=vectors, rule=rule)
        served = weighed if serves else turns.literally(weighed, asked=asked)
        decided = turns.settle(served, rule=rule, chance=chance)
        return Weighing(
            decided=decided,
            contextual=turns.settle(weighed, rule=rule, chance=chance) if drawn else None,
            chosen_literally=_literally(asked, decided),
        )

    async def _vectors(self, asked: Talk, candidates: Sequence[Candidate]) -> dict[str, Vectors]:
        """Encode the turns that differ; what was encoded lately is remembered."""
        needed = sorted(
            {
                text
                for candidate in candidates
                for text in turns.needed(asked, turns.talk(candidate.text, candidate.answers))
            }
        )
        return dict(zip(needed, await asyncio.gather(*map(self._vector, needed)), strict=True))

    async def _vector(self, text: str) -> Vectors:
        vector = self._known.get(text)
        if vector is None:
            vector = await self._encode(text)
        self._known[text] = vector
        self._known.move_to_end(text)
        if len(self._known) > _KNOWN_LIMIT:
            self._known.popitem(last=False)
        return vector


def _literally(asked: Talk, decided: Decision) -> bool:
    if decided.chosen is None:
        return True
    chosen = decided.weighed[decided.chosen].candidate
    return turns.is_literal(asked, turns.talk(chosen.text, chosen.answers))
