"""A person's word on an answer that was served: a caller's feedback, an operator's mark."""

import asyncio
from dataclasses import dataclass

from semcache.errors import InvalidRequestError, NotFoundError
from semcache.ledger import detail
from semcache.ledger.decisions import Decisions, Record
from semcache.levels.exact import ExactLevel
from semcache.levels.labels import Labels
from semcache.types.label import Label, Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What somebody says of an answer."""

    correct: bool
    witness: Witness
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a verdict led to. `never`: the pair is not tried again."""

    entry: str
    correct: bool
    never: bool


class Verdicts:
    """Take verdicts down, and act on them.

    Args:
        decisions: finds what was served.
        labels: where verdicts are kept, and pairs that do not match.
        exact: drops the copies in L1.

    Raises:
        CacheFaultError: from every method, when Postgres or Redis is away; nothing is half done
            that doing it again does not mend.
    """

    def __init__(self, *, decisions: Decisions, labels: Labels, exact: ExactLevel) -> None:
        self._decisions = decisions
        self._labels = labels
        self._exact = exact
        self._one_at_a_time = asyncio.Lock()

    async def judge(self, request_id: str, verdict: Verdict, *, tenant: str, now: float) -> Judged:
        """Judge what a request of a tenant was answered with.

        Raises:
            NotFoundError: there is no such request.
            InvalidRequestError: it was answered with no answer to another question.
        """
        async with self._one_at_a_time:
            record = await self._decisions.find(request_id, tenant=tenant)
            return await self._settle(record, verdict, now=now)

    async def judge_row(self, decision_id: int, verdict: Verdict, *, now: float) -> Judged:
        """Judge a request by the number of its row.

        Raises:
            NotFoundError: there is no such row.
            InvalidRequestError: it was answered with no answer to another question.
        """
        async with self._one_at_a_time:
            record = await self._decisions.load(decision_id)
            return await self._settle(record, verdict, now=now)

    async def _settle(self, record: Record | None, verdict: Verdict, *, now: float) -> Judged:
        if record is None:
            raise NotFoundError("There is no such request, or it was too long ago.", param="id")
        if record.similarity is None or record.entry_id is None:
            raise InvalidRequestError(
                f"Only a semantic hit can be judged; this request was a {record.source} "
                "and got no answer to another question.",
                param="id",
            )
        never = not verdict.correct and await self._part(record, verdict.witness, now=now)
        if not _is_known(record, verdict):
            await self._labels.add(_label(record, verdict), now=now)
        return Judged(entry=record.handle, correct=verdict.correct, never=never)

    async def _part(self, record: Record, witness: Witness, *, now: float) -> bool:
        """See that the pair is never tried again; False where its texts are not known whole."""
        assert record.entry_id is not None
        stored = _stored(record)
        known = 0 < len(record.asked) < detail.WHOLE_LIMIT and bool(stored)
        if known:
            await self._labels.never(
                tenant_id=record.tenant_id,
                asked=record.asked,
                stored=stored,
                witness=witness,
                now=now,
            )
        await self._exact.drop(record.entry_id)
        return known


def _stored(record: Record) -> str:
    """Give the question that the served answer was given to; "" where it is not known whole."""
    if record.stored is not None:
        return record.stored
    decision = record.decision
    if decision is None or decision.chosen is None:
        return ""
    text = decision.weighed[decision.chosen].candidate.text
    return text if len(text) < detail.TEXT_LIMIT else ""


def _is_known(record: Record, verdict: Verdict) -> bool:
    return any(
        (label.witness, label.correct) == (verdict.witness, verdict.correct)
        and label.at >= record.at  # another request may have had this id before
        for label in record.labels
    )


def _label(record: Record, verdict: Verdict) -> Label:
    decision = record.decision
    chosen = decision and decision.chosen is not None and decision.weighed[decision.chosen]
    return Label(
        tenant_id=record.tenant_id,
        category=record.category,
        witness=verdict.witness,
        request_id=record.request_id,
        served=True,
        correct=verdict.correct,
        asked=record.asked,
        stored=_stored(record),
        entry_id=record.entry_id,
        similarity=record.similarity,
        probability=record.probability,
        features=chosen.features if chosen else (),
        reason=verdict.reason,
        max_error=decision.max_error if decision else 0.0,
        threshold=decision.threshold if decision and decision.decider == "conformal" else None,
    )
