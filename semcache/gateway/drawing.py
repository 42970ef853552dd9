"""What becomes of a drawn request.

A served hit is asked again in the background. Of a miss the fresh answer is compared, for nothing,
with the one that came nearest to being served.

Note [A uniform sample]
    Whether a request is drawn is decided before anything is known of its fate, so that the labels
    are a fair sample of all requests which come to the semantic level, hits and misses, whatever
    the threshold was. Both kinds go through the same queue and the same worker, and where one
    kind has to be dropped (no budget, too late, too large) the other is too: a sample that leans
    towards misses would make the cache look better than it is.
"""

import math
import random
from dataclasses import replace as replaced
from zlib import crc32

import orjson
from msgspec.structs import replace

from semcache.flight.queue import Queue
from semcache.gateway import subjects
from semcache.gateway.call import Call
from semcache.levels.verify import bound, decision
from semcache.types.answer import Hit
from semcache.types.audit import LIMIT_BYTES, PATIENCE_S, Audit, Examined, Rescore
from semcache.types.decision import Decision, Weighed
from semcache.types.key import Subject
from semcache.types.label import Witness
from semcache.types.rule import Rule

LEARNING_FACTOR, LEARNING_SHARE = 3.0, 0.10
_LEARNED = 3.0


def share(rule: Rule) -> float:
    """Say which share of the requests is drawn.

    Where the labels are too few for a bound of their own, it is three times the policy's, up to a
    tenth of the requests. A policy's 0 stays 0, and so does a budget of 0.
    """
    if rule.audit_usd_per_day <= 0:
        return 0.0
    needed = math.ceil(_LEARNED / rule.max_error) if rule.max_error > 0 else 0
    if rule.standing.labels >= needed:
        return rule.audit_share
    return max(rule.audit_share, min(LEARNING_FACTOR * rule.audit_share, LEARNING_SHARE))


def draw(rule: Rule, *, chance: float) -> bool:
    """Say whether a request is drawn.

    Args:
        chance: uniform in [0, 1).
    """
    return chance < share(rule)


def examined(call: Call, subject: Subject | None) -> list[Examined]:
    """Name the candidates of a drawn miss whose answers are compared with the fresh one.

    The first is the live decision's; others are what the shadow policy would have served, and
    whole conversations compared.
    """
    if not call.drawn or call.decision is None or subject is None or _size(call) > LIMIT_BYTES:
        return []
    best = _examined(call, call.decision.best, witness="miss", asked=subject.text)
    return [best, *_shadowed(call, subject), *_contextual(call, subject)]


def shadow(call: Call) -> Decision | None:
    """Decide as the shadow policy would have, about the same candidates.

    What the vCache rule explores by is taken from the request's id: the same whenever one looks.
    """
    aside = call.rule.shadow
    if aside is None or call.decision is None:
        return None
    rule = replaced(
        call.rule, decider=aside.decider, threshold=aside.threshold, max_error=aside.max_error
    )
    chance = crc32(call.request_id.encode()) / 2**32
    return decision.again(call.decision, rule=rule, chance=chance)


class Auditing:
    """Sends what was drawn to the background.

    Args:
        queue: to the workers.
        rescores: whether drawn requests are weighed by a second encoder, too.
    """

    def __init__(self, *, queue: Queue, rescores: bool = False) -> None:
        self._queue = queue
        self._rescores = rescores
        self._random = random.Random()

    def draws(self, call: Call) -> bool:
        """Say whether a request that comes to the semantic level is drawn."""
        return draw(call.rule, chance=self._random.random())

    async def send(self, call: Call, hit: Hit, *, now: float) -> None:
        """Let a served semantic hit, a promoted copy of one too, be asked again.

        Raises:
            CacheFaultError: the queue cannot be reached.
        """
        subject = _subject(call)
        if subject is None:
            return
        too_large = max(_size(call), len(hit.answer.body)) > LIMIT_BYTES
        await self._queue.audit(
            Audit(
                tenant_id=call.tenant_id,
                request_id=call.request_id,
                model=call.request.model,
                examined=[
                    _served(call, hit, subject),
                    *_shadowed(call, subject),
                    *_contextual(call, subject),
                ],
                deadline_at=now + PATIENCE_S,
                body={} if too_large else dict(call.request.body),
                answer="" if too_large else hit.answer.body.decode(),
                cost_usd=hit.answer.cost_usd,
                too_large=too_large,
            )
        )

    async def rescore(self, call: Call, *, now: float) -> None:
        """Let a drawn request's candidates be weighed by the second encoder.

        Raises:
            CacheFaultError: the queue cannot be reached.
        """
        subject = _subject(call)
        if not self._rescores or call.decision is None or subject is None:
            return
        if subject.answers is not None:  # its turns would have to be weighed one by one
            return
        await self._queue.rescore(
            Rescore(
                tenant_id=call.tenant_id,
                request_id=call.request_id,
                asked=subject.text,
                candidates=[one.candidate for one in call.decision.weighed],
                rule=call.rule,
                chance=self._random.random(),
                deadline_at=now + PATIENCE_S,
            )
        )


def _served(call: Call, hit: Hit, subject: Subject) -> Examined:
    """Name the served candidate; of a promoted copy no more is known than it says."""
    best = call.decision.best if call.decision and call.decision.chosen is not None else None
    if best is not None:
        return _examined(call, best, witness="audit", asked=subject.text)
    return replace(
        _examined(call, None, witness="audit", asked=subject.text),
        entry_id=hit.answer.entry_id,
        similarity=hit.similarity,
        probability=hit.probability,
    )


def _shadowed(call: Call, subject: Subject) -> list[Examined]:
    """Name what the shadow would have served, unless it is the one that is examined anyway."""
    decided = shadow(call)
    if call.decision is None or decided is None or decided.chosen is None:
        return []
    chosen, best = decided.weighed[decided.chosen], call.decision.best
    if best is not None and best.candidate.entry_id == chosen.candidate.entry_id:
        return []
    return [_examined(call, chosen, witness="shadow", asked=subject.text)]


def _contextual(call: Call, subject: Subject) -> list[Examined]:
    """Name what comparing whole conversations would have served, or that it is nothing."""
    decided = call.contextual
    if decided is None:
        return []
    chosen = None if decided.chosen is None else decided.weighed[decided.chosen]
    return [_examined(call, chosen, witness="contextual", asked=subject.text)]


def _examined(call: Call, one: Weighed | None, *, witness: Witness, asked: str) -> Examined:
    rule = call.rule
    known = Examined(
        witness=witness,
        category=rule.category,
        served=witness == "audit",
        asked=asked,
        max_error=rule.max_error,
        threshold=bound.limit(rule).least if rule.decider == "conformal" else None,
        usd_per_day=rule.audit_usd_per_day,
    )
    if one is None:
        return known
    return replace(
        known,
        stored=one.candidate.text,
        entry_id=one.candidate.entry_id,
        similarity=one.candidate.similarity,
        probability=one.probability,
        features=one.features,
    )


def _subject(call: Call) -> Subject | None:
    """Give what is compared by meaning; who was answered by the exact level has not named it."""
    return call.subject or subjects.of(call)


def _size(call: Call) -> int:
    return len(orjson.dumps(call.request.body))
