"""The journey of an embeddings request: each input is cached by itself."""

import asyncio
import hashlib
import uuid
from dataclasses import dataclass, field

import orjson

from semcache import errors, keys
from semcache.gateway.faults import or_none
from semcache.gateway.parts import Parts
from semcache.gateway.reply import FlightReply
from semcache.levels import freshness
from semcache.policy import rules
from semcache.types.answer import Answer, Hit
from semcache.types.chat import ChatRequest
from semcache.types.controls import Controls
from semcache.types.embedding import Embedded, EmbeddingRequest
from semcache.types.flight import Job
from semcache.types.identity import Identity
from semcache.types.outcome import Outcome, Source
from semcache.types.reply import Head
from semcache.types.rule import Rule
from semcache.types.timings import Timings


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingCall:
    """One request on its way; `names` are the fingerprints of its inputs, in their order.

    `empty`: those that L1 knew nothing of when it was asked.
    """

    identity: Identity
    request: EmbeddingRequest
    controls: Controls
    rule: Rule
    names: tuple[bytes, ...]
    request_id: str
    timings: Timings = field(default_factory=Timings)
    empty: set[bytes] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingReply:
    """All vectors in the order of the inputs. `cost_usd`: None where nobody knows the price."""

    head: Head
    rows: tuple[Embedded, ...]
    stored: bool = False
    cost_usd: float | None = None
    saved_usd: float = 0.0


class EmbeddingGateway:
    """Answers embeddings requests from L1 and Postgres; the rest goes on one flight."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def admit(
        self,
        request: EmbeddingRequest,
        *,
        controls: Controls,
        identity: Identity,
        request_id: str,
        timings: Timings,
    ) -> EmbeddingCall:
        """Find the rule for a request, and the names of its inputs. No I/O."""
        rule = rules.resolve(
            ChatRequest(model=request.model, body=request.body),
            controls=controls,
            identity=identity,
            defaults=self._parts.defaults,
        )
        tenant_id, namespace = identity.tenant_id, controls.namespace
        names = (
            keys.embedding_fingerprint(
                text, body=request.body, tenant_id=tenant_id, namespace=namespace
            )
            for text in request.inputs
        )
        return EmbeddingCall(
            identity=identity,
            request=request,
            controls=controls,
            rule=rule,
            names=tuple(names),
            request_id=request_id,
            timings=timings,
        )

    async def open(self, call: EmbeddingCall, *, now: float) -> EmbeddingReply:
        """Find a vector for each input; ask the provider for those nobody has seen.

        Raises:
            NotCachedError: some are missing, and the caller wants no others.
            SemcacheError: the flight failed.
        """
        found = await self._look(call, now=now)
        rows = {name: _embedded(orjson.loads(a.body)) for name, a in found.items()}
        saved_usd = sum(answer.cost_usd or 0.0 for answer in found.values())
        named = zip(call.names, call.request.inputs, strict=True)
        missing = {name: text for name, text in named if name not in found}
        if not missing:
            self._note(call, found, now=now)
            head = Head(source=Source.EXACT, level="exact")
            return EmbeddingReply(head=head, rows=_ordered(call, rows), saved_usd=saved_usd)
        if call.controls.only_if_cached:
            raise errors.NotCachedError(f"{len(missing)} inputs are not cached; only-if-cached.")

        reply = await self._join(call, missing, hits=len(found), now=now)
        if reply is None:
            return await self.open(call, now=now)
        self._note(call, found, now=now)
        answer = await reply.answer()
        fetched = (_embedded(row) for row in orjson.loads(answer.body))
        return EmbeddingReply(
            head=reply.head,
            rows=_ordered(call, rows | dict(zip(missing, fetched, strict=True))),
            stored=reply.stored,
            cost_usd=answer.cost_usd,
            saved_usd=saved_usd,
        )

    async def _look(self, call: EmbeddingCall, *, now: float) -> dict[bytes, Answer]:
        """Ask L1 for all names at once, then Postgres for those it lacks."""
        if not call.rule.serve_exact:
            return {}
        names, exact = list(dict.fromkeys(call.names)), self._parts.exact
        with call.timings.span("l1"):
            hits = await asyncio.gather(*(or_none(exact.find(name)) for name in names))
        found = {n: hit.answer for n, hit in zip(names, hits, strict=True) if hit}
        call.empty.update(set(names) - set(found))
        if lacking := [name for name in names if name not in found]:
            with call.timings.span("book"):
                looking = self._parts.entries.find(lacking, tenant_id=call.identity.tenant_id)
                kept = await or_none(looking) or {}
            found |= kept
            await asyncio.gather(*(self._promote(n, a, now=now) for n, a in kept.items()))
        controls = call.controls
        return {n: a for n, a in found.items() if freshness.allows(a, controls=controls, now=now)}

    async def _promote(self, name: bytes, answer: Answer, *, now: float) -> None:
        if (keep_s := answer.ttl_s(now=now)) > 0:
            hit = Hit(level="exact", answer=answer)
            await or_none(self._parts.exact.put(name, hit, keep_s=keep_s))

    async def _join(
        self, call: EmbeddingCall, missing: dict[bytes, str | list[int]], *, hits: int, now: float
    ) -> FlightReply | None:
        """Get on the flight for exactly these inputs, or begin it; None where answers came."""
        job, shared = self._job(call, missing, now=now), call.rule.serve_exact
        first, unless = next(iter(missing)), b""
        key = uuid.uuid4().hex
        if shared:  # beside the first input's answer, on the same node of a cluster
            key = f"{first.hex()}.{hashlib.sha256(b''.join(missing)).hexdigest()}"
            unless = self._parts.exact.key(first) if first in call.empty else b""
        boarded = await self._parts.boarding.board(key, job, unless=unless)
        if boarded is None:
            return None
        source = Source.MISS if boarded.ticket.leader else Source.COLLAPSED
        partial = f"{hits} of {hits + len(missing)} inputs were cached" if hits else None
        head = Head(
            source=source if shared else Source.BYPASS,
            passed=("exact",) if shared else (),
            detail=call.rule.bypass or partial,
            asked=call.rule.asked,
        )
        return FlightReply(
            head=head,
            boarded=boarded,
            again=lambda: self._parts.boarding.board(key, job),
            timings=call.timings,
        )

    def _job(
        self, call: EmbeddingCall, missing: dict[bytes, str | list[int]], *, now: float
    ) -> Job:
        return Job(
            endpoint="embeddings",
            tenant_id=call.identity.tenant_id,
            salt=call.identity.salt,
            namespace=call.controls.namespace,
            model=call.request.model,
            body={**call.request.body, "input": list(missing.values())},
            fingerprints=list(missing),
            request_id=call.request_id,
            source=Source.MISS if call.rule.serve_exact else Source.BYPASS,
            priority=call.controls.priority,
            enqueued_at=now,
            deadline_at=now + self._parts.deadline_s,
            store=call.rule.store,
            ttl_s=call.rule.ttl_s,
            keep_stale_s=call.rule.keep_stale_s,
            keep_truncated=call.rule.keep_truncated,
            tags=list(call.controls.tags),
        )

    def _note(self, call: EmbeddingCall, found: dict[bytes, Answer], *, now: float) -> None:
        for answer in found.values():
            outcome = Outcome(
                tenant_id=call.identity.tenant_id,
                model=call.request.model,
                source=Source.EXACT,
                usage=answer.usage,
                saved_usd=answer.cost_usd or 0.0,
            )
            self._parts.ledger.note(outcome, now=now)


def _ordered(call: EmbeddingCall, rows: dict[bytes, Embedded]) -> tuple[Embedded, ...]:
    return tuple(rows[name] for name in call.names)


def _embedded(said: dict[str, str | int]) -> Embedded:
    return Embedded(vector=str(said["embedding"]), tokens=int(said["tokens"]))
