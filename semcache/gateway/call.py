from dataclasses import dataclass, field

from semcache.types.chat import ChatRequest
from semcache.types.controls import Controls
from semcache.types.identity import Identity
from semcache.types.rule import Rule
from semcache.types.timings import Timings


@dataclass(slots=True, kw_only=True)
class Call:
    """One request on its way: what is known about it, and what was asked already."""

    identity: Identity
    request: ChatRequest
    controls: Controls
    rule: Rule
    fingerprint: bytes
    request_id: str
    timings: Timings = field(default_factory=Timings)
    passed: list[str] = field(default_factory=list)
    looked_in_l1: bool = False
    l1_was_empty: bool = False

    @property
    def tenant_id(self) -> int:
        return self.identity.tenant_id
