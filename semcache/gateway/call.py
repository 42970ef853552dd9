from dataclasses import dataclass, field

from semcache.types.chat import ChatRequest
from semcache.types.controls import Controls
from semcache.types.decision import Decision
from semcache.types.identity import Identity
from semcache.types.key import Subject
from semcache.types.rule import Rule
from semcache.types.timings import Timings


@dataclass(slots=True, kw_only=True)
class Call:
    """One request on its way: what is known about it, and what was asked already.

    `drawn`: for the audit, whatever becomes of it. `decision`: the semantic level's, once asked;
    `contextual`: what comparing whole conversations would have decided, where that was looked at.
    """

    identity: Identity
    request: ChatRequest
    controls: Controls
    rule: Rule
    fingerprint: bytes
    request_id: str
    timings: Timings = field(default_factory=Timings)
    passed: list[str] = field(default_factory=list)
    drawn: bool = False
    subject: Subject | None = None
    decision: Decision | None = None
    contextual: Decision | None = None
    looked_in_l1: bool = False
    l1_was_empty: bool = False

    @property
    def tenant_id(self) -> int:
        return self.identity.tenant_id
