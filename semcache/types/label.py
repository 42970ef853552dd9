from dataclasses import dataclass
from typing import Literal, get_args

Witness = Literal["audit", "miss", "feedback", "operator", "shadow", "contextual"]
WITNESSES: tuple[Witness, ...] = get_args(Witness)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is known of one drawn request.

    `witness`: `audit`, a served hit asked again; `miss`, a miss whose fresh answer was compared
    with the best candidate's for nothing; a caller's `feedback`; an `operator`'s mark; what a
    `shadow` policy or the `contextual` way would have served. `correct` is None where nothing was
    to be compared: no candidate came. `served`: the answer was given. `features`: as in
    `levels/verify/features.py`, () without a candidate. `reason`: the judge's words. `max_error`:
    the bound the request was decided under, 0 where none is known; `threshold`: the least
    probability that was in force, None where something else decided.
    """

    tenant_id: int
    category: str
    witness: Witness
    request_id: str
    served: bool
    correct: bool | None
    asked: str = ""
    stored: str = ""
    entry_id: int | None = None
    similarity: float | None = None
    probability: float | None = None
    features: tuple[float, ...] = ()
    reason: str = ""
    cost_usd: float = 0.0
    max_error: float = 0.0
    threshold: float | None = None
