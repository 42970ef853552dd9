from dataclasses import dataclass

from semcache.types.decision import Decision
from semcache.types.outcome import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What became of one chat request and why, for the journal and the metrics.

    `at`: seconds since the epoch. `asked`: the text that is compared by meaning, "" where it is not
    kept. `entry_id` to `probability`: of what was served, the latter two where it was the answer to
    another question. `decision`: None where the semantic level was not asked. `shadow`: what the
    second policy would have decided.
    """

    tenant_id: int
    request_id: str
    at: float
    model: str
    namespace: str
    source: Source
    category: str
    asked: str = ""
    entry_id: int | None = None
    handle: str = ""
    similarity: float | None = None
    probability: float | None = None
    saved_usd: float = 0.0
    drawn: bool = False
    decision: Decision | None = None
    shadow: Decision | None = None
