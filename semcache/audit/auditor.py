"""One drawn request, from its message to its labels.

Nothing that goes wrong here reaches the worker: an audit that cannot be made is dropped and
counted, and writes no label.

Note [The provider's own two answers]
    A provider seldom says the same twice, and a judge that takes two honest answers for different
    ones would find every hit wrong. So before an answer is called wrong the provider is asked a
    second time. The stored answer is wrong if it differs from both fresh ones and these agree. If
    they differ as well, nothing can be said of this request, and the audit is dropped; so it is
    where reading and likeness leave it open and no judge model is set: six of twenty honest
    rewordings do that, and calling them wrong would close the cache. (Of a miss whose candidate is
    about something else altogether no more is asked.)
"""

import logging
import time
from dataclasses import replace as replaced

import orjson
from msgspec.structs import replace

from semcache import errors
from semcache.audit.asking import Asking
from semcache.audit.budget import UNKNOWN_COST_USD, Budget
from semcache.audit.comparing import Compared, Comparing
from semcache.audit.fresh import Bill, Fresh
from semcache.ledger.buckets import Ledger
from semcache.levels.entries import Entries
from semcache.levels.exact import ExactLevel
from semcache.levels.labels import Labels
from semcache.providers.base import JSON
from semcache.types.audit import Audit, Examined
from semcache.types.label import Label

log = logging.getLogger(__name__)

_COMPARISONS = 3
_SHARED = sorted(set(Examined.__struct_fields__) & set(Label.__dataclass_fields__))


class _DroppedError(Exception):
    """An audit that is not made, and why."""


class Auditor:
    """Makes audits.

    Args:
        asking: asks the providers again.
        comparing: says whether two answers say the same.
        budget: what a tenant's audits may cost.
        labels: where it is written down what was found.
        entries: the candidates' answers.
        exact: where copies of a wrong hit lie.
        ledger: what it cost.
    """

    def __init__(
        self,
        *,
        asking: Asking,
        comparing: Comparing,
        budget: Budget,
        labels: Labels,
        entries: Entries,
        exact: ExactLevel,
        ledger: Ledger,
    ) -> None:
        self._asking = asking
        self._comparing = comparing
        self._budget = budget
        self._labels = labels
        self._entries = entries
        self._exact = exact
        self._ledger = ledger

    async def run(self, audit: Audit, *, now: float) -> None:
        """Make an audit, or drop it. Raises nothing."""
        try:
            try:
                await self._admit(audit, now=now)
                await self._within_budget(audit, now=now)
            except (_DroppedError, errors.SemcacheError) as reason:
                log.warning("The audit of %s was dropped: %s", audit.request_id, reason)
                live = audit.examined[0]
                await self._labels.dropped(tenant_id=audit.tenant_id, category=live.category)
        except errors.CacheFaultError as error:
            log.warning("A dropped audit was not counted: %s", error)
        except Exception:
            log.exception("An audit failed for a reason nobody expected (%s)", audit.request_id)

    async def _admit(self, audit: Audit, *, now: float) -> None:
        if audit.too_large:
            raise _DroppedError("it is too large")
        if now > audit.deadline_at:
            await self._budget.pause(tenant_id=audit.tenant_id)
            raise _DroppedError("it is too late")

    async def _within_budget(self, audit: Audit, *, now: float) -> None:
        """Reserve the most that it may cost, make it, and settle."""
        asks = 1 if audit.fresh else 2
        judges = _COMPARISONS * len(audit.examined) if self._comparing.judge else 0
        each_usd = UNKNOWN_COST_USD if audit.cost_usd is None else audit.cost_usd
        tenant_id, reserved_usd = audit.tenant_id, (asks + judges) * each_usd
        if not await self._budget.reserve(
            reserved_usd, tenant_id=tenant_id, usd_per_day=audit.examined[0].usd_per_day, now=now
        ):
            raise _DroppedError("the budget of the day is spent, or audits pause")
        bill = Bill(tenant_id=tenant_id, ledger=self._ledger)
        try:
            await self._make(audit, bill)
        finally:
            await self._budget.settle(
                reserved_usd, spent_usd=bill.paid_usd, tenant_id=tenant_id, now=now
            )

    async def _make(self, audit: Audit, bill: Bill) -> None:
        """Examine each candidate; the first one is the live decision's."""
        fresh = Fresh(audit, asking=self._asking, bill=bill)
        live, *others = audit.examined
        await self._examine(audit, live, fresh, bill)
        for one in others:
            try:
                await self._examine(audit, one, fresh, bill)
            except (_DroppedError, errors.SemcacheError) as reason:
                log.info("A shadow's candidate was not compared: %s", reason)

    async def _examine(self, audit: Audit, one: Examined, fresh: Fresh, bill: Bill) -> None:
        """Judge one candidate's answer, write the label, and part the pair if it is wrong."""
        before_usd = bill.paid_usd
        if one.entry_id is None:
            label = _label(audit, one, correct=None, reason="no candidate came")
        else:
            question, stored = await self._stored(audit, one, one.entry_id)
            one = replace(one, stored=question)
            found = await self._judge(one, stored, fresh, bill)
            if one.served and not found.same:
                await self._part(audit.tenant_id, one)
            label = _label(audit, one, correct=found.same, reason=found.reason)
            label = replaced(label, cost_usd=bill.paid_usd - before_usd)
        await self._write(label)

    async def _judge(self, one: Examined, stored: JSON, fresh: Fresh, bill: Bill) -> Compared:
        """Say whether a stored answer fits. See Note [The provider's own two answers]."""
        first = await fresh.first()
        found = await self._compare(one, first, stored, bill)
        if found.same or (found.unlike and not one.served):
            return found
        second = await fresh.second()
        again = await self._compare(one, second, stored, bill)
        if again.same:
            return again
        if found.unclear or again.unclear:
            raise _DroppedError("it is unclear, and no judge model is set")
        if not (await self._compare(one, first, second, bill)).same:
            raise _DroppedError("the provider's own two answers differ as much")
        return found

    async def _compare(self, one: Examined, ours: JSON, theirs: JSON, bill: Bill) -> Compared:
        compared = await self._comparing.compare(one.asked, ours, theirs)
        if compared.asked is not None and self._comparing.judge is not None:
            bill.pay(compared.asked, model=self._comparing.judge.model)
        return compared

    async def _stored(self, audit: Audit, one: Examined, entry_id: int) -> tuple[str, JSON]:
        """Find a candidate's question and answer: what was served, or what the book holds."""
        served = audit.answer if one.served else ""
        if one.stored and served:
            return one.stored, orjson.loads(served)
        found = await self._entries.read(entry_id, tenant_id=audit.tenant_id)
        if found is None and not served:
            raise _DroppedError("the candidate is no more")
        question, body = found or ("", b"")
        return one.stored or question, orjson.loads(served or body)

    async def _part(self, tenant_id: int, one: Examined) -> None:
        """See that a pair is never matched again, and that no copy of the answer is served."""
        assert one.entry_id is not None
        if one.stored:
            await self._labels.never(
                tenant_id=tenant_id,
                asked=one.asked,
                stored=one.stored,
                witness=one.witness,
                now=time.time(),
            )
        await self._exact.drop(one.entry_id)

    async def _write(self, label: Label) -> None:
        added = await self._labels.add(label, now=time.time())
        for place in added.alarmed:
            log.error(
                "The alarm sounds: semantic hits of tenant %d (%s) are wrong more often than "
                "their bound allows; less is served from now on.",
                label.tenant_id,
                place or "all categories",
            )


def _label(audit: Audit, one: Examined, *, correct: bool | None, reason: str) -> Label:
    return Label(
        tenant_id=audit.tenant_id,
        request_id=audit.request_id,
        correct=correct,
        reason=reason,
        **{name: getattr(one, name) for name in _SHARED},
    )
