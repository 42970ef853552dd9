"""What another bound would have done with decisions of the past. Pure.

Each decision is taken again about the candidates it had, by what the labels teach now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from benchmarks.quality.metrics import Share
from semcache.levels.verify import bound, decision
from semcache.types.decision import Decision
from semcache.types.outcome import Source
from semcache.types.rule import Rule
from semcache.types.standing import UNKNOWN, Standing

APPROXIMATIONS = (
    "Every request is decided again about the candidates it had then; with another bound, other "
    "entries would have been stored, and other candidates found. "
    "A repeat that was answered by a promoted copy counts as a hit where its probability reaches "
    "the threshold; without the first hit it would have been decided by itself. "
    "Thresholds are those that the labels support today, probabilities those of that moment. "
    "Plain exact hits are not in it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that came to the semantic level, or to a copy that level had made.

    `decision` is None for such a promoted copy. `saved_usd`: as it was counted, 0 for a miss.
    """

    tenant_id: int
    category: str
    model: str
    source: Source
    probability: float | None
    saved_usd: float
    decision: Decision | None

    @property
    def hit(self) -> bool:
        """Whether an answer to another question was served."""
        if self.source in {Source.SEMANTIC, Source.EXACT, Source.STALE}:
            return self.decision is None or self.decision.chosen is not None
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A label of the audit's sample: what is known of one drawn request."""

    tenant_id: int
    category: str
    served: bool
    correct: bool | None
    probability: float | None


@dataclass(slots=True, kw_only=True)
class Account:
    """What a bound would have done; also what happened.

    `expected_wrong`: the sum of 1 - probability over the hits. `labels`: drawn requests; `wrong`:
    those of them that it would have answered wrongly. `thresholds`: the least probabilities.
    """

    requests: int = 0
    hits: int = 0
    saved_usd: float = 0.0
    expected_wrong: float = 0.0
    labels: int = 0
    wrong: int = 0
    thresholds: set[float] = field(default_factory=set)

    @property
    def hit_share(self) -> Share:
        return Share(count=self.hits, total=self.requests)

    @property
    def error(self) -> Share:
        """Wrong hits of all drawn requests."""
        return Share(count=self.wrong, total=self.labels)


class Past:
    """Adds up what happened, and what each of several bounds would have done.

    Args:
        rule: of which the bound and the standing are replaced.
        standings: what the labels of each tenant's categories have taught.
        worth_usd: what an answer of a model costs on average.
    """

    def __init__(
        self,
        max_errors: Sequence[float],
        *,
        rule: Rule,
        standings: Mapping[int, Sequence[Standing]],
        worth_usd: Mapping[str, float],
    ) -> None:
        self.happened = Account()
        self.would = {error: Account() for error in max_errors}
        self._rule = replace(rule, decider="conformal")
        self._standings = standings
        self._worth_usd = worth_usd
        self._rules: dict[tuple[int, str, float], Rule] = {}

    def replay(self, asked: Iterable[Asked]) -> None:
        """Decide requests again."""
        for one in asked:
            _book(self.happened, hit=one.hit, probability=one.probability, usd=one.saved_usd)
            for error, account in self.would.items():
                self._decide(one, account, rule=self._rule_of(one, error))

    def label(self, looked: Iterable[Looked]) -> None:
        """Count what the audit found among them."""
        for one in looked:
            self.happened.labels += 1
            self.happened.wrong += one.served and one.correct is False
            for error, account in self.would.items():
                least = bound.limit(self._rule_of(one, error)).least
                served = one.probability is not None and one.probability >= least
                account.labels += 1
                account.wrong += served and one.correct is False

    def _decide(self, one: Asked, account: Account, *, rule: Rule) -> None:
        least = bound.limit(rule).least
        account.thresholds.add(least)
        probability, hit = one.probability, False
        if one.decision is not None:
            again = decision.again(one.decision, rule=rule)
            hit = again.chosen is not None
            probability = again.best.probability if again.best else None
        elif probability is not None:
            hit = probability >= least
        worth = one.saved_usd or self._worth_usd.get(one.model, 0.0)
        _book(account, hit=hit, probability=probability, usd=worth)

    def _rule_of(self, one: Asked | Looked, max_error: float) -> Rule:
        """Find the rule of a request's category within a bound, as the policy would."""
        place = (one.tenant_id, one.category, max_error)
        if place not in self._rules:
            known = {found.category: found for found in self._standings.get(one.tenant_id, ())}
            standing = known.get(one.category) or known.get("") or UNKNOWN
            self._rules[place] = replace(self._rule, max_error=max_error, standing=standing)
        return self._rules[place]


def _book(account: Account, *, hit: bool, probability: float | None, usd: float) -> None:
    account.requests += 1
    if hit:
        account.hits += 1
        account.saved_usd += usd
        account.expected_wrong += 1.0 - (probability or 0.0)
