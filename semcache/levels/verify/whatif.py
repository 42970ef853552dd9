"""What another bound or threshold would have done with the same candidates. Pure."""

from dataclasses import replace

from semcache.levels.verify import decision
from semcache.types.decision import Decision
from semcache.types.explanation import Alternative
from semcache.types.rule import Rule

MAX_ERRORS = (0.001, 0.005, 0.01, 0.02, 0.05)
SIMILARITIES = (0.80, 0.85, 0.90, 0.95)


def alternatives(decided: Decision, *, rule: Rule) -> tuple[Alternative, ...]:
    """Decide again under each bound, and under each fixed threshold.

    Args:
        rule: what holds now; the bounds' thresholds are those that its standing supports now.
    """
    rules = [
        *(replace(rule, decider="conformal", max_error=error) for error in MAX_ERRORS),
        *(replace(rule, decider="static", threshold=least) for least in SIMILARITIES),
    ]
    return tuple(_alternative(decided, rule=other) for other in rules)


def _alternative(decided: Decision, *, rule: Rule) -> Alternative:
    other = decision.again(decided, rule=rule)
    served = None if other.chosen is None else other.weighed[other.chosen].candidate.handle
    return Alternative(
        decider=rule.decider,
        max_error=None if rule.decider == "static" else rule.max_error,
        threshold=other.threshold,
        basis=other.basis,
        served=served,
    )
