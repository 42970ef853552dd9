"""The decision about near matches: what was weighed, what spoke against, what was decided."""

from dataclasses import dataclass
from typing import Literal, get_args

Decider = Literal["conformal", "vcache", "static"]
Caution = Literal["exact", "strict", "usual"]
Conversations = Literal["exact", "shadow", "contextual"]
Category = Literal["factual", "code", "time-sensitive", "personal", "creative"]

DECIDERS: tuple[Decider, ...] = get_args(Decider)
CAUTIONS: tuple[Caution, ...] = get_args(Caution)
CONVERSATIONS: tuple[Conversations, ...] = get_args(Conversations)
CATEGORIES: tuple[Category, ...] = get_args(Category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which request made an entry, by which model, when (seconds since the epoch)."""

    request_id: str
    model: str
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stored question near the one asked.

    `similarity`: cosine. `signature`: what its answer says, see `levels/verify/signature.py`.
    `answers`: what was said before, of a conversation, see `levels/verify/turns.py`.
    `observations`: (similarity, correct) of earlier looks at this entry, for the vCache rule.
    `barred`: a never-match pair.
    """

    entry_id: int
    text: str
    similarity: float
    handle: str = ""
    signature: bytes = b""
    answers: bytes = b""
    observations: tuple[tuple[float, bool], ...] = ()
    barred: bool = False
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A veto that spoke against a pair, and why, in words."""

    veto: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A candidate as it was weighed.

    `features`: in the order of `levels/verify/features.py`. `probability`: calibrated P(fits).
    `admitted`: it could have been served; of several the likeliest is.
    """

    candidate: Candidate
    features: tuple[float, ...]
    objections: tuple[Objection, ...]
    probability: float
    admitted: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of the candidates of one request.

    `threshold`: what the score had to exceed: a probability (conformal), a similarity (static) or
    the chance to explore (vcache). `basis`: where it came from, in words. `chosen`: index into
    `weighed`, None for a miss. `version`: of policy, model and calibration.
    """

    decider: Decider
    category: Category
    max_error: float
    threshold: float
    basis: str
    version: str
    weighed: tuple[Weighed, ...] = ()
    chosen: int | None = None

    @property
    def best(self) -> Weighed | None:
        """The served candidate; of a miss the likeliest that no veto spoke against, if any."""
        if self.chosen is not None:
            return self.weighed[self.chosen]
        unopposed = [one for one in self.weighed if not one.objections]
        return max(unopposed, key=lambda one: one.probability, default=None)
