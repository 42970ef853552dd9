"""Says when the share of wrong answers has risen above the bound, whenever one looks. Pure.

Note [The alarm]
    Of each drawn request we learn X = 1 (a semantic hit was served, and it was wrong) or 0. The
    null says P(X = 1 | the past) <= δ, with δ the bound that this request was decided under. A bet
    of c/δ on "wrong" multiplies a stake by L = 1 + c·(X/δ - 1), which under the null does not grow
    on average. A stake is placed at every label, so that a good past does not delay the alarm: what
    is placed today has lost nothing yesterday. Their sum is kept in one number a bet, S_t =
    (S_{t-1} + w_t)·L_t. The first stakes weigh 1/(t(t+1)), which alone would add up to an e-process
    that ever reaches 1/ALPHA with probability ALPHA at most (Ville); but after some hundred labels
    they weigh too little to hear a drift in time. So none weighs less than RENEWAL: an e-detector,
    whose mean time to a false alarm is at least 1/(ALPHA·RENEWAL) = 1,000 labels, with 2 % drawn
    50,000 requests, at an error that is exactly the bound; below it false alarms are rarer by far.
    One may look after every label. (Waudby-Smith and Ramdas, arXiv 2010.09686, for the bets; Shin,
    Ramdas and Rinaldo, arXiv 2203.03532, for the starting times.)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ALPHA, RENEWAL = 0.05, 0.02
BETS = (0.02, 0.05, 0.1, 0.3, 0.6)
_CEILING = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The stakes after `seen` labels, one a bet. `bound`: the widest that a label spoke of.

    Callers may only tighten, so that is the policy's.
    """

    seen: int = 0
    stakes: tuple[float, ...] = (0.0,) * len(BETS)
    bound: float = 0.0

    @property
    def value(self) -> float:
        """The evidence: 1 before the first label."""
        return sum(self.stakes) / len(self.stakes) + 1.0 / (self.seen + 1)

    @property
    def sounds(self) -> bool:
        """Whether it speaks against the bound, at level ALPHA."""
        return self.value >= 1.0 / ALPHA

    def after(self, *, wrong: bool, max_error: float) -> "Evidence":
        """Take in one label.

        Args:
            max_error: the bound of that request; above 0. One at 1 or above can not be broken.
        """
        seen = self.seen + 1
        weight = max(1.0 / (seen * (seen + 1)), RENEWAL)
        gain = (1.0 / max_error if wrong else 0.0) - 1.0
        if max_error >= 1.0:
            weight = gain = 0.0
        stakes = tuple(
            min(_CEILING, (stake + weight) * (1.0 + bet * gain))
            for bet, stake in zip(BETS, self.stakes, strict=True)
        )
        return Evidence(seen=seen, stakes=stakes, bound=max(self.bound, max_error))

    def said(self) -> dict[str, Any]:
        """Write it down as JSON."""
        return {"seen": self.seen, "stakes": list(self.stakes), "bound": self.bound}


def read(said: Mapping[str, Any]) -> Evidence:
    """Read what was written down; begin anew where nothing was, or with other bets."""
    stakes = tuple(said.get("stakes", ()))
    if len(stakes) != len(BETS):
        return Evidence()
    return Evidence(seen=said["seen"], stakes=stakes, bound=said["bound"])


def floor(threshold: float, wrong: Iterable[float]) -> float:
    """Say how likely a match must be from now on, after an alarm.

    At least half the way from the threshold in force to certainty; and so that none of the wrong
    answers of late would have been served.

    Args:
        threshold: least probability in force.
        wrong: the probabilities of the wrong answers that were served of late.
    """
    step = threshold + (1.0 - threshold) / 2
    worst = max(wrong, default=0.0)
    return max(step, worst + (1.0 - worst) / 10)
