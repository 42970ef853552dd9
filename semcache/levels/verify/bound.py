"""From `max_error` and the labels to the least probability that is served. Pure."""

from dataclasses import dataclass

from semcache.levels.verify import probability
from semcache.types.answer import Hit
from semcache.types.rule import Rule
from semcache.types.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a score must reach, and where that comes from, in words."""

    least: float
    basis: str


def limit(rule: Rule) -> Limit:
    """Find what a candidate must reach under a rule: a probability, or a similarity if static."""
    if rule.decider == "static":
        return Limit(least=rule.threshold, basis="static threshold")
    pooled_model = probability.pooled()
    pooled = Limit(least=pooled_model.least(rule.max_error), basis="pooled model")
    standing = rule.standing
    known = standing.thresholds if standing.model in {"", pooled_model.version} else ()
    within = [least for error, least in known if error <= rule.max_error]
    # What a looser bound asks for by the labels, a tighter one does as well.
    looser = max((least for error, least in known if error > rule.max_error), default=0.0)
    found = pooled
    if within or looser > pooled.least:
        found = Limit(least=min(within, default=looser), basis=f"{standing.labels} labels")
    if standing.floor > found.least:
        return Limit(least=standing.floor, basis="tightened by an alarm")
    return found


def model(standing: Standing) -> probability.Model:
    """Give the pair model as a tenant's labels have moved it; those of another version do not."""
    pooled = probability.pooled()
    return pooled.moved(standing.weights) if standing.model in {"", pooled.version} else pooled


def still_holds(hit: Hit, *, rule: Rule) -> bool:
    """Say whether an answer promoted from another question may be served under a rule, now."""
    least = limit(rule).least
    score = hit.similarity if rule.decider == "static" else hit.probability
    return lasts(rule) and score is not None and score >= least


def lasts(rule: Rule) -> bool:
    """Say whether a semantic hit may be promoted: not where every look is decided anew."""
    return rule.decider != "vcache"
