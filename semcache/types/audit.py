from typing import Any

import msgspec

from semcache.types.decision import Candidate
from semcache.types.label import Witness
from semcache.types.rule import Rule

LIMIT_BYTES = 256 * 2**10
"""Largest request, and largest answer, that is audited."""

PATIENCE_S = 3_600.0
"""How long an audit may wait for a worker; a later one is dropped and counted."""


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """The candidate of a drawn request whose answer is to be compared with a fresh one.

    `entry_id` is None where no candidate came. `served`: its answer was given. `max_error`: the
    bound of the request; `threshold`: the least probability in force, None where something else
    decided. `usd_per_day`: the tenant's budget for audits.
    """

    witness: Witness
    category: str
    served: bool
    asked: str = ""
    stored: str = ""
    entry_id: int | None = None
    similarity: float | None = None
    probability: float | None = None
    features: tuple[float, ...] = ()
    max_error: float = 0.0
    threshold: float | None = None
    usd_per_day: float = 0.0


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """A drawn request whose candidates' answers are compared with a fresh one, in the background.

    `body` is the request as the provider gets it when it is asked again. Of a miss an answer is
    there already: `fresh`, as JSON text. `answer`: the body that was served, likewise;
    where it is "", a candidate's answer is read from the book. `cost_usd`: what the served answer
    cost, None where nobody knows. `too_large`: it was drawn, but does not fit a message; it is only
    counted.
    """

    tenant_id: int
    request_id: str
    model: str
    examined: list[Examined]
    deadline_at: float
    body: dict[str, Any] = {}
    answer: str = ""
    fresh: str = ""
    cost_usd: float | None = None
    too_large: bool = False


class Rescore(msgspec.Struct, frozen=True, kw_only=True):
    """A drawn request's candidates, to be weighed with the vectors of another encoder."""

    tenant_id: int
    request_id: str
    asked: str
    candidates: list[Candidate]
    rule: Rule
    chance: float
    deadline_at: float
