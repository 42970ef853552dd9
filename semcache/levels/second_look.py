"""A second look at a candidate that nearly may be served, by a model that reads both texts."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from embeddings.encoders.base import CrossEncoder
from embeddings.errors import EmbeddingsError
from semcache.levels.verifier import Report
from semcache.types.decision import Decision
from semcache.types.rule import Rule

log = logging.getLogger(__name__)

PATIENCE_S = 0.25
"""How long a second look may hold a request up; after that it is a miss like any other."""

_KNOWN = 1_000
"""Scores that are remembered: a hit of the second look is not promoted, and may come again."""

LookAgain = Callable[[str, Decision, Rule], Awaitable[Decision]]


def in_the_gray(decided: Decision, *, rule: Rule, zone: float) -> int | None:
    """Find the candidate that is worth a second look, by its place; None where none is.

    Only a bound that labels or the pooled model hold has a gray zone: a static threshold and the
    vCache rule are taken at their word. After an alarm nothing is looked at again until the labels
    support the bound: the alarm does not say who was wrong.
    """
    if decided.chosen is not None or decided.decider != "conformal" or rule.standing.floor > 0:
        return None
    best = decided.best
    if best is None or best.probability < decided.threshold - zone:
        return None
    return decided.weighed.index(best)


class SecondLook:
    """Asks a cross-encoder about the likeliest candidate that no veto spoke against.

    One thread scores, one pair at a time; who waits longer than `patience_s` goes on without.

    Args:
        encoder: reads both texts.
        report: how its scores are to be read.
        zone: how far below the least probability a candidate may lie.
    """

    def __init__(
        self,
        *,
        encoder: CrossEncoder,
        report: Report,
        zone: float,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._encoder = encoder
        self._report = report
        self._zone = zone
        self._patience_s = patience_s
        self._known: dict[tuple[int, str], float] = {}
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="second-look")
        self._well = True

    async def look(self, asked: str, decided: Decision, rule: Rule) -> Decision:
        """Serve the candidate in the gray zone after all, if the cross-encoder is sure enough."""
        place = in_the_gray(decided, rule=rule, zone=self._zone)
        least = self._report.least(rule.max_error)
        if place is None or least is None:
            return decided
        one = decided.weighed[place]
        likely = await self._likely(asked, one.candidate.text, entry_id=one.candidate.entry_id)
        if likely is None:
            reason = f"{one.reason}; the cross-encoder gave no score in time"
            return _noted(decided, place, reason=reason)
        served = likely > least
        self.counts["served" if served else "refused"] += 1
        side = "exceeds" if served else "does not exceed"
        reason = f"{one.reason}; the cross-encoder's {likely:.4f} {side} {least:.4f}"
        looked = _noted(decided, place, reason=reason, served=served)
        return replace(looked, version=f"{decided.version}/x{self._report.weights}")

    async def warm(self) -> None:
        """Score once, so that no request waits for what the first one loads."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, self._encoder.score, [("warm", "up")])

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _likely(self, asked: str, stored: str, *, entry_id: int) -> float | None:
        """Give the calibrated score of a pair; None where there is none in time."""
        known = self._known.get((entry_id, asked))
        if known is not None:
            return known
        loop = asyncio.get_running_loop()
        try:
            scoring = loop.run_in_executor(self._executor, self._score, asked, stored, entry_id)
            likely = await asyncio.wait_for(scoring, self._patience_s)
        except TimeoutError:
            self._fault("late", f"no score within {self._patience_s:g} s")
        except Exception as error:  # noqa: BLE001 - whatever it is, the request goes on without
            self._fault("failed", str(error), error=error)
        else:
            self._well = True
            return likely
        return None

    def _score(self, asked: str, stored: str, entry_id: int) -> float:
        """Run in the thread; what comes too late for one request is there for the next."""
        known = self._known.get((entry_id, asked))
        if known is not None:
            return known
        likely = self._report.probability(float(self._encoder.score([(asked, stored)])[0]))
        self._known[entry_id, asked] = likely
        if len(self._known) > _KNOWN:
            self._known.pop(next(iter(self._known)))
        return likely

    def _fault(self, kind: str, words: str, *, error: Exception | None = None) -> None:
        """Count a fault; of a row of them the first is logged, one nobody expected as a whole."""
        self.counts[kind] += 1
        if self._well:
            whole = None if isinstance(error, EmbeddingsError) else error
            log.warning("No second look by %s: %s", self._encoder.name, words, exc_info=whole)
        self._well = False


class NoSecondLook:
    """Leaves every decision as it is."""

    async def look(self, asked: str, decided: Decision, rule: Rule) -> Decision:  # noqa: ARG002
        return decided

    async def warm(self) -> None:
        """Have nothing to load."""

    def close(self) -> None:
        """Have nothing to let go."""


def _noted(decided: Decision, place: int, *, reason: str, served: bool = False) -> Decision:
    """Write into a decision what came of the second look at a candidate."""
    weighed = list(decided.weighed)
    weighed[place] = replace(weighed[place], reason=reason, admitted=served)
    return replace(decided, weighed=tuple(weighed), chosen=place if served else None)
