"""Why a request hit or missed, for its caller and for operators."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from semcache.errors import InvalidRequestError, NotFoundError
from semcache.ledger.decisions import Decisions, Record
from semcache.levels.verify import features, whatif
from semcache.policy import rules
from semcache.types.chat import ChatRequest
from semcache.types.controls import PLAIN
from semcache.types.decision import Decision, Origin, Weighed
from semcache.types.explanation import Alternative, Basis, Explanation, Look, Provenance
from semcache.types.identity import Identity

Identify = Callable[[str], Awaitable[Identity]]


class Explaining:
    """Explain what the journal has kept.

    Args:
        decisions: reads it.
        defaults: what holds where no policy speaks.
    """

    def __init__(self, *, decisions: Decisions, defaults: rules.Defaults) -> None:
        self._decisions = decisions
        self._defaults = defaults

    async def explain(self, request_id: str, *, identity: Identity) -> Explanation:
        """Explain a request of the caller's own tenant.

        Raises:
            NotFoundError: there is none, or it is past its time.
            CacheFaultError: Postgres is away.
        """
        record = await self._decisions.find(request_id, tenant=identity.tenant)
        if record is None:
            raise _unknown(request_id)
        return self._explanation(record, identity)

    async def explain_to_operator(
        self, request_id: str, *, tenant: str | None, identify: Identify
    ) -> Explanation:
        """Explain a request of any tenant, or of the one named.

        Args:
            identify: from a tenant's name to what holds for it now.

        Raises:
            NotFoundError: there is none, or it is past its time.
            CacheFaultError: Postgres is away.
        """
        record = await self._decisions.find(request_id, tenant=tenant)
        if record is None:
            raise _unknown(request_id)
        try:
            identity = await identify(record.tenant)
        except InvalidRequestError:  # it is not active any more, and nothing holds for it
            return self._explanation(record, None)
        return self._explanation(record, identity)

    def _explanation(self, record: Record, identity: Identity | None) -> Explanation:
        decision, origin = record.decision, record.origin
        return Explanation(
            request_id=record.request_id,
            rows=record.rows,
            at=record.at,
            tenant=record.tenant,
            model=record.model,
            namespace=record.namespace,
            source=record.source,
            category=record.category,
            asked=record.asked,
            entry=record.handle or None,
            similarity=record.similarity,
            probability=record.probability,
            saved_usd=record.saved_usd,
            origin=_provenance(_served_origin(decision) or origin),
            decision=_basis(decision) if decision else None,
            candidates=tuple(_looks(record, decision)) if decision else (),
            drawn=record.drawn,
            labels=record.labels,
            shadow=record.shadow,
            shadow_encoder=record.shadow_encoder,
            what_if=self._what_if(record, decision, identity) if decision and identity else (),
        )

    def _what_if(
        self, record: Record, decision: Decision, identity: Identity
    ) -> tuple[Alternative, ...]:
        """Say what other bounds would do, by the policies and labels of today."""
        asked = {"messages": [{"role": "user", "content": record.asked}]}
        request = ChatRequest(model=record.model, body=asked)
        rule = rules.resolve(request, controls=PLAIN, identity=identity, defaults=self._defaults)
        return whatif.alternatives(decision, rule=rule)


def _unknown(request_id: str) -> NotFoundError:
    return NotFoundError(
        f"There is no request {request_id!r}, or it was too long ago to be explained.",
        param="request_id",
    )


def _served_origin(decision: Decision | None) -> Origin | None:
    if decision is None or decision.chosen is None:
        return None
    return decision.weighed[decision.chosen].candidate.origin


def _basis(decision: Decision) -> Basis:
    return Basis(
        policy=decision.version,
        decider=decision.decider,
        max_error=decision.max_error,
        threshold=decision.threshold,
        basis=decision.basis,
    )


def _looks(record: Record, decision: Decision) -> Iterable[Look]:
    for place, (one, measured) in enumerate(zip(decision.weighed, record.measured, strict=True)):
        yield _look(one, measured=measured, served=place == decision.chosen)


def _place(name: str) -> int:
    """Give a feature's place; one of another version comes last."""
    return features.NAMES.index(name) if name in features.NAMES else len(features.NAMES)


def _look(one: Weighed, *, measured: dict[str, float], served: bool) -> Look:
    return Look(
        entry=one.candidate.handle,
        text=one.candidate.text,
        similarity=one.candidate.similarity,
        probability=one.probability,
        served=served,
        admitted=one.admitted,
        reason=one.reason,
        vetoes=one.objections,
        features={name: measured[name] for name in sorted(measured, key=_place)},
        origin=_provenance(one.candidate.origin),
    )


def _provenance(origin: Origin | None) -> Provenance | None:
    if origin is None:
        return None
    return Provenance(
        request_id=origin.request_id,
        model=origin.model,
        created_at=datetime.fromtimestamp(origin.created_at, tz=UTC),
    )
