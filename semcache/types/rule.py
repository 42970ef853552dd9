from dataclasses import dataclass

from semcache.types.decision import Category, Caution, Conversations, Decider
from semcache.types.standing import UNKNOWN, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A second policy that decides on live traffic without serving."""

    decider: Decider
    threshold: float
    max_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the policy allows one request.

    `serve_exact` and `serve_semantic`: levels that may answer. `store`: the new answer may be
    kept; `index`: and found by meaning. `bypass`: why the cache was passed by, None where it was
    not; `asked`: the caller asked for that. `decider`: how a near match is decided, within
    `max_error`; `threshold`: least cosine similarity where that is `static`. `audit_share`: of the
    requests, drawn for the audit; `audit_usd_per_day`: what it may cost the tenant. `standing`:
    what the labels have taught so far. `version` names the policy's own part.
    """

    serve_exact: bool
    serve_semantic: bool
    store: bool
    index: bool
    bypass: str | None
    asked: bool
    category: Category
    decider: Decider
    threshold: float
    max_error: float
    caution: Caution
    conversations: Conversations
    audit_share: float
    audit_usd_per_day: float
    ttl_s: int
    keep_stale_s: int
    keep_truncated: bool
    shadow: Shadow | None = None
    standing: Standing = UNKNOWN
    version: str = ""
