"""Fresh answers to a drawn request, and what they cost."""

import time
from typing import Any

import orjson

from semcache import errors
from semcache.audit.asking import Asked, Asking
from semcache.audit.budget import UNKNOWN_COST_USD
from semcache.ledger.buckets import Ledger
from semcache.providers.base import JSON
from semcache.types.audit import Audit
from semcache.types.outcome import Outcome, Source
from semcache.types.usage import Usage


class Bill:
    """What one audit has cost so far.

    Args:
        tenant_id: who pays.
        ledger: told of every call.
    """

    def __init__(self, *, tenant_id: int, ledger: Ledger) -> None:
        self.paid_usd = 0.0
        self._tenant_id = tenant_id
        self._ledger = ledger

    def pay(self, asked: Asked, *, model: str) -> None:
        """Note a call. One whose price nobody knows counts against the budget all the same."""
        self._note(model, usage=asked.usage, cost_usd=asked.cost_usd or 0.0)
        self.paid_usd += UNKNOWN_COST_USD if asked.cost_usd is None else asked.cost_usd

    def note_failure(self, error: errors.SemcacheError, *, model: str) -> None:
        self._note(model, error=type(error).__name__)

    def _note(self, model: str, **known: Any) -> None:
        known = {"usage": Usage(), **known}
        outcome = Outcome(tenant_id=self._tenant_id, model=model, source=Source.AUDIT, **known)
        self._ledger.note(outcome, now=time.time())


class Fresh:
    """Up to two fresh answers to one request; a miss has brought the first one with it.

    Raises:
        SemcacheError: from both methods, when the provider gives none.
    """

    def __init__(self, audit: Audit, *, asking: Asking, bill: Bill) -> None:
        self._audit = audit
        self._asking = asking
        self._bill = bill
        self._answers: list[JSON] = [orjson.loads(audit.fresh)] if audit.fresh else []

    async def first(self) -> JSON:
        return self._answers[0] if self._answers else await self._ask()

    async def second(self) -> JSON:
        await self.first()
        return self._answers[1] if len(self._answers) > 1 else await self._ask()

    async def _ask(self) -> JSON:
        """Ask the provider, for one choice."""
        body = {name: value for name, value in self._audit.body.items() if name != "n"}
        try:
            asked = await self._asking.ask(body, model=self._audit.model)
        except errors.SemcacheError as error:
            self._bill.note_failure(error, model=self._audit.model)
            raise
        self._bill.pay(asked, model=self._audit.model)
        self._answers.append(asked.completion)
        return asked.completion
