"""The journey of an embeddings request: each input is cached by itself."""

import asyncio
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from semcache import errors, keys
from semcache.gateway.boarding import Boarding
from semcache.gateway.faults import or_none
from semcache.gateway.reply import FlightReply
from semcache.ledger.buckets import Ledger
from semcache.levels import freshness
from semcache.levels.entries import Entries
from semcache.levels.exact import ExactLevel
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
class EmbeddingReply:
    """All vectors in the order of the inputs. `cost_usd`, `saved_usd`: None where unknown."""

    head: Head
    rows: tuple[Embedded, ...]
    stored: bool
    cost_usd: float | None
    saved_usd: float


class EmbeddingGateway:
    """Answers embeddings requests from L1 and Postgres; the rest goes on one flight."""

    def __init__(
        self,
        *,
        exact: ExactLevel,
        entries: Entries,
        boarding: Boarding,
        ledger: Ledger,
        defaults: rules.Defaults,
        deadline_s: float,
    ) -> None:
        self._exact = exact
        self._entries = entries
        self._boarding = boarding
        self._ledger = ledger
        self._defaults = defaults
        self._deadline_s = deadline_s

    async def open(
        self,
        request: EmbeddingRequest,
        *,
        controls: Controls,
        identity: Identity,
        request_id: str,
        timings: Timings,
        now: float,
    ) -> EmbeddingReply:
        """Find a vector for each input; ask the provider for those nobody has seen.

        Raises:
            NotCachedError: some are missing, and the caller wants no others.
            SemcacheError: the flight failed.
        """
        rule = self._rule(request, controls=controls, identity=identity)
        names = self._names(request, controls=controls, identity=identity)
        found = await self._look(names, rule, controls, identity, timings, now=now)
        missing = {n: text for n, text in zip(names, request.inputs, strict=True) if n not in found}
        rows = {name: _row(answer) for name, answer in found.items()}
        saved_usd = sum(answer.cost_usd or 0.0 for answer in found.values())
        self._note(request, identity, found, saved_usd, now=now)
        if not missing:
            head = Head(source=Source.EXACT, level="exact")
            return self._reply(head, names, rows, saved_usd=saved_usd)
        if controls.only_if_cached:
            raise errors.NotCachedError(f"{len(missing)} inputs are not in the cache.")

        job = self._job(request, missing, rule, controls, identity, request_id, now=now)
        reply = await self._fly(job, rule, timings, hits=len(found))
        answer = await reply.answer()
        fetched = [_embedded(row) for row in orjson.loads(answer.body)]
        rows |= dict(zip(missing, fetched, strict=True))
        return self._reply(
            reply.head,
            names,
            rows,
            stored=reply.stored,
            cost_usd=answer.cost_usd,
            saved_usd=saved_usd,
        )

    def _rule(
        self, request: EmbeddingRequest, *, controls: Controls, identity: Identity
    ) -> Rule:
        asked = ChatRequest(model=request.model, body=request.body)
        return rules.resolve(
            asked, controls=controls, policies=identity.policies, defaults=self._defaults
        )

    def _names(
        self, request: EmbeddingRequest, *, controls: Controls, identity: Identity
    ) -> list[bytes]:
        return [
            keys.embedding_fingerprint(
                text,
                body=request.body,
                tenant_id=identity.tenant_id,
                namespace=controls.namespace,
            )
            for text in request.inputs
        ]

    async def _look(
        self,
        names: Sequence[bytes],
        rule: Rule,
        controls: Controls,
        identity: Identity,
        timings: Timings,
        *,
        now: float,
    ) -> dict[bytes, Answer]:
        """Ask L1 for all names at once, then Postgres for those it lacks."""
        if not rule.serve_exact:
            return {}
        unique = list(dict.fromkeys(names))
        with timings.span("l1"):
            hits = await asyncio.gather(*(or_none(self._exact.find(name)) for name in unique))
        found = {n: hit.answer for n, hit in zip(unique, hits, strict=True) if hit}
        if lacking := [name for name in unique if name not in found]:
            with timings.span("book"):
                looking = self._entries.find(lacking, tenant_id=identity.tenant_id)
                kept = await or_none(looking) or {}
            found |= kept
            await asyncio.gather(*(self._promote(n, a, now=now) for n, a in kept.items()))
        return {
            n: a for n, a in found.items() if freshness.allows(a, controls=controls, now=now)
        }

    async def _promote(self, name: bytes, answer: Answer, *, now: float) -> None:
        if (keep_s := answer.ttl_s(now=now)) > 0:
            hit = Hit(level="exact", answer=answer)
            await or_none(self._exact.put(name, hit, keep_s=keep_s))

    async def _fly(self, job: Job, rule: Rule, timings: Timings, *, hits: int) -> FlightReply:
        shared = rule.serve_exact
        key = hashlib.sha256(b"".join(job.fingerprints)).hexdigest() if shared else uuid.uuid4().hex
        boarded = await self._boarding.board(key, job)
        source = Source.MISS if boarded.ticket.leader else Source.COLLAPSED
        detail = f"partial: {hits} of {hits + len(job.fingerprints)} cached" if hits else None
        head = Head(
            source=source if shared else Source.BYPASS,
            passed=("exact",) if shared else (),
            detail=rule.bypass or detail,
            asked=rule.asked,
        )
        return FlightReply(
            head=head,
            boarded=boarded,
            again=lambda: self._boarding.board(key, job),
            timings=timings,
        )

    def _job(
        self,
        request: EmbeddingRequest,
        missing: dict[bytes, str | list[int]],
        rule: Rule,
        controls: Controls,
        identity: Identity,
        request_id: str,
        *,
        now: float,
    ) -> Job:
        return Job(
            endpoint="embeddings",
            tenant_id=identity.tenant_id,
            salt=identity.salt,
            namespace=controls.namespace,
            model=request.model,
            body={**request.body, "input": list(missing.values())},
            fingerprints=list(missing),
            request_id=request_id,
            source=Source.MISS if rule.serve_exact else Source.BYPASS,
            priority=controls.priority,
            enqueued_at=now,
            deadline_at=now + self._deadline_s,
            store=rule.store,
            ttl_s=rule.ttl_s,
            keep_stale_s=rule.keep_stale_s,
            keep_truncated=rule.keep_truncated,
            tags=list(controls.tags),
        )

    def _reply(
        self,
        head: Head,
        names: Sequence[bytes],
        rows: dict[bytes, Embedded],
        *,
        saved_usd: float,
        stored: bool = False,
        cost_usd: float | None = None,
    ) -> EmbeddingReply:
        return EmbeddingReply(
            head=head,
            rows=tuple(rows[name] for name in names),
            stored=stored,
            cost_usd=cost_usd,
            saved_usd=saved_usd,
        )

    def _note(
        self,
        request: EmbeddingRequest,
        identity: Identity,
        found: dict[bytes, Answer],
        saved_usd: float,
        *,
        now: float,
    ) -> None:
        for answer in found.values():
            outcome = Outcome(
                tenant_id=identity.tenant_id,
                model=request.model,
                source=Source.EXACT,
                usage=answer.usage,
                saved_usd=answer.cost_usd or 0.0,
            )
            self._ledger.note(outcome, now=now)


def _row(answer: Answer) -> Embedded:
    return _embedded(orjson.loads(answer.body))


def _embedded(said: dict[str, str | int]) -> Embedded:
    return Embedded(vector=str(said["embedding"]), tokens=int(said["tokens"]))
