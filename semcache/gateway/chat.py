"""The journey of a chat request."""

import asyncio
import uuid
from collections.abc import Coroutine
from typing import Any

from embeddings.types import Vectors
from semcache import errors, keys
from semcache.gateway import drawing, noting, subjects
from semcache.gateway.call import Call
from semcache.gateway.faults import or_none
from semcache.gateway.parts import Parts
from semcache.gateway.reply import FlightReply, HitReply
from semcache.levels import freshness
from semcache.levels.semantic import SemanticLevel
from semcache.levels.verify import bound, turns
from semcache.policy import rules
from semcache.types.answer import Answer, Hit
from semcache.types.chat import ChatRequest
from semcache.types.controls import Controls
from semcache.types.flight import Job
from semcache.types.identity import Identity
from semcache.types.key import Subject
from semcache.types.outcome import Outcome, Source
from semcache.types.reply import Head, Reply
from semcache.types.timings import Timings
from semcache.types.usage import Usage

PROMOTED_S = 3_600
"""How long an answer found by meaning stays in L1 under the new request's name, at most."""


class ChatGateway:
    """Answers chat requests from the levels, or by a flight.

    Args:
        parts: what it shares with the other journey.
        semantic: the level that finds by meaning.
    """

    def __init__(
        self, parts: Parts, *, semantic: SemanticLevel, auditing: drawing.Auditing
    ) -> None:
        self._parts = parts
        self._auditing = auditing
        self._semantic = semantic
        self._errands: set[asyncio.Task[None]] = set()

    def admit(
        self,
        request: ChatRequest,
        *,
        controls: Controls,
        identity: Identity,
        request_id: str,
        timings: Timings,
    ) -> Call:
        """Find the rule for a request, and its name. No I/O."""
        rule = rules.resolve(
            request, controls=controls, identity=identity, defaults=self._parts.defaults
        )
        name = keys.fingerprint(request, tenant_id=identity.tenant_id, namespace=controls.namespace)
        return Call(
            identity=identity,
            request=request,
            controls=controls,
            rule=rule,
            fingerprint=name,
            request_id=request_id,
            timings=timings,
        )

    async def open(self, call: Call, *, now: float) -> Reply:
        """Find an answer for the request, or join the flight that is fetching one.

        Raises:
            NotCachedError: there is none, and the caller wants no other.
            SemcacheError: the flight failed before its first token.
        """
        if hit := await self.look_in_l1(call, now=now):
            return self._reply(call, hit, now=now)

        looking = self._look_in_book(call, now=now), self._describe(call)
        hit, (subject, vector) = await asyncio.gather(*looking)
        if hit := hit or await self._look_near(call, subject, vector, now=now):
            return self._reply(call, hit, now=now)

        if call.controls.only_if_cached:
            self._explain(call, Source.MISS, hit=None, now=now)
            raise errors.NotCachedError("The answer is not in the cache, and only-if-cached.")
        return await self._join(call, subject, vector, now=now)

    async def exact(self, call: Call, *, now: float) -> Reply | None:
        """Answer from L1 alone: the fast lane's whole journey."""
        hit = await self.look_in_l1(call, now=now)
        return None if hit is None else self._reply(call, hit, now=now)

    async def look_in_l1(self, call: Call, *, now: float) -> Hit | None:
        """Ask L1, once."""
        if not call.rule.serve_exact or call.looked_in_l1:
            return None
        call.looked_in_l1 = True
        call.passed.clear()
        with call.timings.span("l1"):
            hit = await or_none(self._parts.exact.find(call.fingerprint))
        call.l1_was_empty = hit is None
        if hit is None or not freshness.allows(hit.answer, controls=call.controls, now=now):
            return None
        if hit.similarity is None:
            return hit
        if not self._still_near(call, hit):
            return None
        call.drawn = self._auditing.draws(call)
        return hit

    def _still_near(self, call: Call, hit: Hit) -> bool:
        """Say whether an answer promoted from another question is allowed to this caller, now."""
        return call.rule.serve_semantic and bound.still_holds(hit, rule=call.rule)

    async def _look_in_book(self, call: Call, *, now: float) -> Hit | None:
        """Ask Postgres for the exact request: what Redis lost is found here, and promoted."""
        if not call.rule.serve_exact:
            return None
        with call.timings.span("book"):
            found = await or_none(
                self._parts.entries.find([call.fingerprint], tenant_id=call.tenant_id)
            )
        call.passed.append("exact")
        answer = (found or {}).get(call.fingerprint)
        if answer is None or not freshness.allows(answer, controls=call.controls, now=now):
            return None
        call.passed.clear()
        hit = Hit(level="exact", answer=answer)
        self._promote(call, hit, now=now)
        return hit

    async def _describe(self, call: Call) -> tuple[Subject | None, Vectors | None]:
        """Name what is compared by meaning, and encode it; used to look up and to store."""
        rule = call.rule
        subject = call.subject = subjects.of(call)
        if subject is None or not (rule.serve_semantic or rule.index):
            return None, None
        with call.timings.span("embed"):
            vector = await or_none(self._semantic.encode(subject.text))
        return (None, None) if vector is None else (subject, vector)

    async def _look_near(
        self, call: Call, subject: Subject | None, vector: Vectors | None, *, now: float
    ) -> Hit | None:
        if subject is None or vector is None or not call.rule.serve_semantic:
            return None
        call.drawn = self._auditing.draws(call)
        found = await or_none(
            self._semantic.find(
                subject,
                vector,
                tenant_id=call.tenant_id,
                rule=call.rule,
                controls=call.controls,
                drawn=call.drawn,
                now=now,
                timings=call.timings,
            )
        )
        if found is not None:
            call.decision, call.contextual = found.decision, found.contextual
            if call.drawn:
                self._run(or_none(self._auditing.rescore(call, now=now)))
        if found is None or found.hit is None:
            call.passed.append("semantic")
            return None
        if found.lasts:
            self._promote(call, found.hit, now=now)
        return found.hit

    async def _join(
        self, call: Call, subject: Subject | None, vector: Vectors | None, *, now: float
    ) -> Reply:
        """Get on the flight of this request; begin it where there is none."""
        shared = call.rule.serve_exact
        key = call.fingerprint.hex() if shared else uuid.uuid4().hex
        job = self._job(call, subject, vector, now=now)
        unless = self._parts.exact.key(call.fingerprint) if call.l1_was_empty else b""
        boarded = await self._parts.boarding.board(key, job, unless=unless)
        if boarded is None:  # the answer came between the look-up and the claim
            call.looked_in_l1 = False
            return await self.open(call, now=now)
        source = Source.MISS if boarded.ticket.leader else Source.COLLAPSED
        head = Head(
            source=source if shared else Source.BYPASS,
            passed=tuple(call.passed),
            detail=call.rule.bypass,
            asked=call.rule.asked,
        )
        self._explain(call, head.source, hit=None, now=now)
        if source is Source.COLLAPSED:
            self._note(call, Source.COLLAPSED, answer=None, now=now)
        return FlightReply(
            head=head,
            boarded=boarded,
            again=lambda: self._parts.boarding.board(key, job),
            kept=lambda answer: self._learn(subject, vector, answer),
            timings=call.timings,
        )

    def _job(
        self, call: Call, subject: Subject | None, vector: Vectors | None, *, now: float
    ) -> Job:
        rule, controls = call.rule, call.controls
        return Job(
            endpoint="chat",
            tenant_id=call.tenant_id,
            salt=call.identity.salt,
            namespace=controls.namespace,
            model=call.request.model,
            body=dict(call.request.body),
            fingerprints=[call.fingerprint],
            request_id=call.request_id,
            source=Source.MISS if rule.serve_exact else Source.BYPASS,
            priority=controls.priority,
            enqueued_at=now,
            deadline_at=now + self._parts.deadline_s,
            store=rule.store,
            ttl_s=rule.ttl_s,
            keep_stale_s=rule.keep_stale_s,
            keep_truncated=rule.keep_truncated,
            tags=list(controls.tags),
            scope=subject.scope if subject else b"",
            text=subject.text if subject else "",
            vector=b"" if vector is None else vector.tobytes(),
            encoder=self._semantic.encoder if subject else "",
            answers=turns.pack(subject.answers) if subject and subject.answers is not None else b"",
            examined=drawing.examined(call, subject),
        )

    def _reply(self, call: Call, hit: Hit, *, now: float) -> Reply:
        stale = hit.answer.ttl_s(now=now) < 0
        found = Source.EXACT if hit.level == "exact" else Source.SEMANTIC
        source = Source.STALE if stale else found
        self._note(call, source, answer=hit.answer, now=now)
        self._explain(call, source, hit=hit, now=now)
        if hit.similarity is not None and call.drawn:
            self._run(or_none(self._auditing.send(call, hit, now=now)))
        head = Head(
            source=source,
            passed=tuple(call.passed),
            level=hit.level,
            similarity=hit.similarity,
            probability=hit.probability,
        )
        return HitReply(head=head, answer=hit.answer)

    def _promote(self, call: Call, hit: Hit, *, now: float) -> None:
        """Put a hit of a deeper level into L1, off the way."""
        keep_s = hit.answer.ttl_s(now=now)
        if hit.level != "exact":
            keep_s = min(keep_s, PROMOTED_S) if bound.lasts(call.rule) else 0.0
        if keep_s <= 0:
            return
        put = self._parts.exact.put(call.fingerprint, hit, keep_s=keep_s)
        self._run(or_none(put))

    def _learn(self, subject: Subject | None, vector: Vectors | None, answer: Answer) -> None:
        """Let the next paraphrase find a new answer, off the way."""
        if subject is not None and vector is not None:
            self._run(asyncio.to_thread(self._semantic.learn, subject, vector, answer.entry_id))

    def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        """Run what nobody waits for; hold it, or the loop may drop it."""
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def _note(self, call: Call, source: Source, *, answer: Answer | None, now: float) -> None:
        outcome = Outcome(
            tenant_id=call.tenant_id,
            model=call.request.model,
            source=source,
            usage=answer.usage if answer else Usage(),
            saved_usd=(answer.cost_usd or 0.0) if answer else 0.0,
        )
        self._parts.ledger.note(outcome, now=now)

    def _explain(self, call: Call, source: Source, *, hit: Hit | None, now: float) -> None:
        journal = self._parts.journal
        journal.note(noting.explained(call, source, hit=hit, journal=journal, now=now))
