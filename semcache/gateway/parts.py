from dataclasses import dataclass

from semcache.gateway.boarding import Boarding
from semcache.ledger.buckets import Ledger
from semcache.ledger.journal import Journal
from semcache.levels.entries import Entries
from semcache.levels.exact import ExactLevel
from semcache.policy import rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What both journeys are made of.

    `exact`, `entries`: the levels that answer the exact request. `boarding`: gets requests on
    flights. `ledger`: told what became of each; `journal`: and why. `defaults`: what
    holds where no policy speaks. `deadline_s`: how long a request may take in all.
    """

    exact: ExactLevel
    entries: Entries
    boarding: Boarding
    ledger: Ledger
    journal: Journal
    defaults: rules.Defaults
    deadline_s: float
