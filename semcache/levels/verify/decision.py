"""Decide about the candidates of one request. The main path of the semantic level; pure."""

from collections.abc import Sequence

from semcache.levels.verify import (
    bound,
    features,
    probability,
    reading,
    signature,
    vcache,
    vetoes,
)
from semcache.types.decision import Candidate, Decision, Objection, Weighed
from semcache.types.rule import Rule

_SIDES = {True: "reaches", False: "is below"}
BARRED = Objection(veto="never-match", reason="this pair was found wrong before")


def decide(asked: str, candidates: Sequence[Candidate], *, rule: Rule, chance: float) -> Decision:
    """Weigh the candidates, and take the likeliest one that nothing speaks against.

    Args:
        candidates: the nearest of the scope, best similarity first.
        rule: how to decide, within which bound, and what the labels have taught.
        chance: uniform in [0, 1), by which the vCache rule explores.
    """
    return settle(weigh(asked, candidates, rule=rule), rule=rule, chance=chance)


def settle(weighed: Sequence[Weighed], *, rule: Rule, chance: float) -> Decision:
    """Take the likeliest candidate that may be served under a rule."""
    limit = bound.limit(rule)
    settled = tuple(_settled(one, rule=rule, limit=limit, chance=chance) for one in weighed)
    admitted = [place for place, one in enumerate(settled) if one.admitted]
    return Decision(
        decider=rule.decider,
        category=rule.category,
        max_error=rule.max_error,
        threshold=limit.least,
        basis=limit.basis,
        version=f"{rule.version}/{probability.pooled().version}/c{rule.standing.version}",
        weighed=settled,
        chosen=max(admitted, key=lambda place: settled[place].probability, default=None),
    )


def again(decided: Decision, *, rule: Rule, chance: float = 1.0) -> Decision:
    """Decide about the same candidates under another rule; for shadows and "what if"."""
    return settle(decided.weighed, rule=rule, chance=chance)


def weigh(asked: str, candidates: Sequence[Candidate], *, rule: Rule) -> list[Weighed]:
    """Find what speaks against each candidate, and how likely its answer fits."""
    ours = reading.read(asked)
    pairs = [vetoes.compare(ours, reading.read(candidate.text)) for candidate in candidates]
    against = [
        (BARRED,) if candidate.barred else vetoes.objections(pair, caution=rule.caution)
        for candidate, pair in zip(candidates, pairs, strict=True)
    ]
    votes = signature.votes(
        [c.signature for c in candidates],
        [c.similarity for c in candidates],
        counted=[not objections for objections in against],
    )
    rows = [
        features.measure(pair, similarity=candidate.similarity, votes=vote)
        for candidate, pair, vote in zip(candidates, pairs, votes, strict=True)
    ]
    likely = bound.model(rule.standing).of(rows)
    return [
        Weighed(candidate=candidate, features=row, objections=objections, probability=p)
        for candidate, row, objections, p in zip(candidates, rows, against, likely, strict=True)
    ]


def warm() -> None:
    """Read the word lists and the model, so that the first decision need not."""
    pair = vetoes.compare(reading.read("How do I warm it up?"), reading.read("Warm it, please."))
    vetoes.objections(pair, caution="strict")
    row = features.measure(pair, similarity=1.0, votes=signature.Votes())
    probability.pooled().of([row])


def _settled(one: Weighed, *, rule: Rule, limit: bound.Limit, chance: float) -> Weighed:
    """Say whether a candidate may be served, and why or why not."""
    if one.objections:
        admitted, reason = False, one.objections[0].reason
    elif rule.decider == "vcache":
        explored = vcache.explore(one.candidate, max_error=rule.max_error)
        admitted = explored < 1.0 and chance >= explored
        reason = f"explores with probability {explored:.3f}"
    else:
        static = rule.decider == "static"
        score = one.candidate.similarity if static else one.probability
        admitted = score >= limit.least
        name, side = ("similarity" if static else "probability"), _SIDES[admitted]
        reason = f"{name} {score:.4f} {side} {limit.least:.4f} ({limit.basis})"
    return Weighed(
        candidate=one.candidate,
        features=one.features,
        objections=one.objections,
        probability=one.probability,
        admitted=admitted,
        reason=reason,
    )
