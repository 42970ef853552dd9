from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the policy allows one request.

    `serve_exact` and `serve_semantic`: levels that may answer. `store`: the new answer may be
    kept; `index`: and found by meaning. `bypass`: why the cache was passed by, None where it was
    not; `asked`: the caller asked for that. `threshold`: least cosine similarity of a semantic
    hit.
    """

    serve_exact: bool
    serve_semantic: bool
    store: bool
    index: bool
    bypass: str | None
    asked: bool
    threshold: float
    ttl_s: int
    keep_stale_s: int
    keep_truncated: bool
