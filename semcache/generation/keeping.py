"""Where a whole answer is billed and kept."""

import logging
import time
from dataclasses import replace

import numpy as np

from semcache import errors, keys
from semcache.ledger.buckets import Ledger
from semcache.levels.entries import Draft, Entries
from semcache.levels.exact import ExactLevel
from semcache.levels.verify import signature
from semcache.providers import prices
from semcache.providers.catalog import Route
from semcache.types.answer import Answer, Hit
from semcache.types.flight import Job
from semcache.types.outcome import Outcome
from semcache.types.usage import Usage

log = logging.getLogger(__name__)


class Keeping:
    """Bills calls, and keeps answers in Postgres, then L1."""

    def __init__(self, *, entries: Entries, exact: ExactLevel, ledger: Ledger) -> None:
        self._entries = entries
        self._exact = exact
        self._ledger = ledger

    def bill(self, job: Job, usage: Usage, *, route: Route) -> float | None:
        """Note what a call cost, in US dollars; None where nobody knows its price."""
        cost_usd = prices.cost_usd(usage, model=route.upstream, price=route.price)
        self._note(job, usage, cost_usd=cost_usd)
        return cost_usd

    def note_failure(self, job: Job, error: str) -> None:
        self._note(job, Usage(), error=error)

    async def keep(self, draft: Draft, *, job: Job, fence: int) -> Answer | None:
        """Keep an answer. A fault costs the next hit, not this answer: then it gives None."""
        try:
            place = await self._entries.put(draft, job=job, fence=fence)
            if place is None:
                return None
            kept = replace(answer(draft, job=job), entry_id=place.entry_id)
            if place.replaced:  # copies of the old answer, under whatever name
                await self._exact.drop(place.entry_id)
            hit = Hit(level="exact", answer=kept)
            await self._exact.put(draft.fingerprint, hit, keep_s=job.ttl_s + job.keep_stale_s)
        except errors.CacheFaultError as error:
            log.warning("An answer was not kept: %s", error)
            return None
        return kept

    async def index(self, entry_id: int, *, job: Job) -> None:
        """Let a kept answer be found by meaning; a fault costs near hits only."""
        if not job.vector:
            return
        vector = np.frombuffer(job.vector, dtype=np.float32)
        try:
            await self._entries.index(entry_id, vector=vector, encoder=job.encoder)
        except errors.CacheFaultError as error:
            log.warning("An entry lacks its vector until rebuild_index: %s", error)

    def _note(
        self, job: Job, usage: Usage, *, cost_usd: float | None = None, error: str | None = None
    ) -> None:
        outcome = Outcome(
            tenant_id=job.tenant_id,
            model=job.model,
            source=job.source,
            usage=usage,
            cost_usd=cost_usd or 0.0,
            error=error,
        )
        self._ledger.note(outcome, now=time.time())


def draft(
    job: Job,
    *,
    name: bytes,
    body: bytes,
    usage: Usage,
    cost_usd: float | None,
    route: Route,
    said: str = "",
) -> Draft:
    """Make an answer ready to be kept under `name`, by the model that really answered.

    Args:
        said: the answer's text, to be signed; "" where there is none.
    """
    return Draft(
        model=route.model,
        fingerprint=name,
        handle=keys.handle(name, salt=job.salt),
        body=body,
        usage=usage,
        cost_usd=cost_usd,
        created_at=time.time(),
        scope=job.scope or None,
        signature=signature.of(said) if said and job.scope else b"",
    )


def answer(draft: Draft, *, job: Job) -> Answer:
    """Give the answer of a draft, as readers see it."""
    return Answer(
        entry_id=0,
        handle=draft.handle,
        body=draft.body,
        created_at=draft.created_at,
        expires_at=draft.created_at + job.ttl_s,
        cost_usd=draft.cost_usd,
        usage=draft.usage,
    )
