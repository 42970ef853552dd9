"""A decision as JSON, and back. Pure.

What answers say (`signature`) and earlier looks at an entry are left out: explain does not show
them, and they would be most of the row.
"""

from collections.abc import Sequence
from typing import Any

from semcache.types.decision import Candidate, Decision, Objection, Origin, Weighed

TEXT_LIMIT, WHOLE_LIMIT = 2_000, 100_000
"""Characters of a text that are kept; and of a question that was answered by another's answer,
since the whole of it names the pair."""


def write(decision: Decision, *, names: Sequence[str]) -> dict[str, Any]:
    """Write a decision as JSON members.

    Args:
        names: of the features, in their order.
    """
    return {
        "decider": decision.decider,
        "category": decision.category,
        "max_error": decision.max_error,
        "threshold": decision.threshold,
        "basis": decision.basis,
        "version": decision.version,
        "chosen": decision.chosen,
        "candidates": [_weighed(one, names=names) for one in decision.weighed],
    }


def read(said: dict[str, Any], *, names: Sequence[str]) -> Decision | None:
    """Read a decision back; None where the semantic level was not asked.

    A candidate that was measured by other features than `names` has none.
    """
    if not said:
        return None
    return Decision(
        decider=said["decider"],
        category=said["category"],
        max_error=said["max_error"],
        threshold=said["threshold"],
        basis=said["basis"],
        version=said["version"],
        chosen=said["chosen"],
        weighed=tuple(_read(one, names=names) for one in said["candidates"]),
    )


def _weighed(one: Weighed, *, names: Sequence[str]) -> dict[str, Any]:
    candidate, origin = one.candidate, one.candidate.origin
    return {
        "entry": candidate.entry_id,
        "handle": candidate.handle,
        "text": candidate.text[:TEXT_LIMIT],
        "similarity": candidate.similarity,
        "features": dict(zip(names, one.features, strict=False)),
        "objections": [{"veto": o.veto, "reason": o.reason} for o in one.objections],
        "probability": one.probability,
        "admitted": one.admitted,
        "reason": one.reason,
        "origin": origin
        and {
            "request_id": origin.request_id,
            "model": origin.model,
            "created_at": origin.created_at,
        },
    }


def _read(said: dict[str, Any], *, names: Sequence[str]) -> Weighed:
    origin = said["origin"]
    return Weighed(
        candidate=Candidate(
            entry_id=said["entry"],
            handle=said["handle"],
            text=said["text"],
            similarity=said["similarity"],
            origin=Origin(**origin) if origin else None,
        ),
        features=_features(said["features"], names=names),
        objections=tuple(Objection(**objection) for objection in said["objections"]),
        probability=said["probability"],
        admitted=said["admitted"],
        reason=said["reason"],
    )


def _features(said: dict[str, float], *, names: Sequence[str]) -> tuple[float, ...]:
    if set(said) != set(names):
        return ()
    return tuple(float(said[name]) for name in names)  # JSON does not tell 1.0 from 1
