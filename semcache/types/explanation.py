"""What explain says of a request; each class is an object of its JSON (docs/reference/http.md)."""

from dataclasses import dataclass
from datetime import datetime

from semcache.types.decision import Decider, Objection
from semcache.types.label import Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Which request made an entry, by which model, when."""

    request_id: str
    model: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """By what was decided. `policy`: its version, the model's and the calibration's."""

    policy: str
    decider: Decider
    max_error: float
    threshold: float
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A candidate. `reason`: why it was admitted or not; `vetoes` speak for themselves."""

    entry: str
    text: str
    similarity: float
    probability: float
    served: bool
    admitted: bool
    reason: str
    vetoes: tuple[Objection, ...]
    features: dict[str, float]
    origin: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A label: what is known of the request. `correct`: None where nothing was to be compared."""

    witness: Witness
    at: datetime
    served: bool
    correct: bool | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What another bound or threshold would have done, by what the labels teach now.

    `max_error`: of a bound, None for a fixed threshold. `threshold`: the least probability, or
    similarity where it is fixed. `served`: the entry's handle, None for a miss.
    """

    decider: Decider
    max_error: float | None
    threshold: float
    basis: str
    served: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadowed:
    """What the second policy would have done. `served`: the entry's handle, None for a miss."""

    decider: Decider
    threshold: float
    served: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """What the second encoder made of the candidates; `similarities` by the entries' handles."""

    name: str
    threshold: float
    served: str | None
    probability: float | None
    similarities: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a request hit or missed. `rows`: how many requests had its id; this is the newest.

    `entry` to `origin`: of what was served. `decision`: None where no near match was looked for.
    """

    request_id: str
    rows: int
    at: datetime
    tenant: str
    model: str
    namespace: str
    source: str
    category: str
    asked: str
    entry: str | None
    similarity: float | None
    probability: float | None
    saved_usd: float
    origin: Provenance | None
    decision: Basis | None
    candidates: tuple[Look, ...]
    drawn: bool
    labels: tuple[Known, ...]
    shadow: Shadowed | None
    shadow_encoder: Rescored | None
    what_if: tuple[Alternative, ...]
