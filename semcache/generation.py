"""The worker's journey: ask the provider for a flight's answer, feed its stream, keep what is whole."""

import asyncio
import base64
import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import orjson

from semcache import errors, keys
from semcache.flight import stream
from semcache.flight.claim import Claims
from semcache.ledger.buckets import Ledger
from semcache.levels.entries import Draft, Entries
from semcache.levels.exact import ExactLevel
from semcache.providers import prices
from semcache.providers.base import JSON, Provider
from semcache.providers.catalog import Catalog, Route
from semcache.types.answer import Answer, Hit
from semcache.types.completion import Assembler
from semcache.types.flight import Chunk, Done, Failed, Job, Ticket
from semcache.types.outcome import Outcome
from semcache.types.timings import Timings
from semcache.types.usage import Usage

log = logging.getLogger(__name__)

ANSWER_LIMIT_BYTES = 32 * 2**20
_MISSHAPEN = (TypeError, ValueError, KeyError, AttributeError)


class Generation:
    """Runs the jobs of flights.

    Args:
        claims: proves that a job is still ours to do.
        catalog, providers: whom to ask, by model and by vendor name.
        entries, exact: where a whole answer is kept.
        ledger: told what each call cost.
        deadline_s: the longest a job may run.
    """

    def __init__(
        self,
        *,
        claims: Claims,
        catalog: Catalog,
        providers: Mapping[str, Provider],
        entries: Entries,
        exact: ExactLevel,
        ledger: Ledger,
        deadline_s: float,
    ) -> None:
        self._claims = claims
        self._catalog = catalog
        self._providers = providers
        self._entries = entries
        self._exact = exact
        self._ledger = ledger
        self._deadline_s = deadline_s

    async def run(self, key: str, token: int, *, now: float) -> None:
        """Do the job of a flight, unless it is void: lost, begun already, or past its deadline."""
        job = await self._claims.begin(key, token, run_s=self._deadline_s)
        if job is None:
            log.info("Dropped a message whose flight is over: %s", key)
            return
        ticket = Ticket(key=key, token=token, leader=True)
        try:
            async with self._claims.hold(ticket):
                await self._finish(job, ticket, now=now)
        except errors.FlightLostError as error:
            log.warning("Flight %s lost: %s", key, error)
        except errors.FlightAbandonedError as error:
            log.info("Flight %s abandoned", key)
            await self._claims.finish(ticket, stream.pack(_failed(error)))

    async def _finish(self, job: Job, ticket: Ticket, *, now: float) -> None:
        """Fly, and say how it ended."""
        last: Done | Failed
        try:
            async with asyncio.timeout(job.deadline_at - now):
                last = await self._fly(job, ticket, now=now)
        except TimeoutError:
            last = _failed(errors.UpstreamTimeoutError("No answer within the deadline."))
        except errors.FlightLostError:
            raise
        except errors.SemcacheError as error:
            last = _failed(error)
        except Exception:
            log.exception("A job failed for a reason nobody expected (request %s)", job.request_id)
            last = _failed(errors.UpstreamError("The worker failed; its log says why."))
        if isinstance(last, Failed):
            self._note(job, Usage(), cost_usd=None, error=last.error)
        await self._claims.finish(ticket, stream.pack(last))

    async def _fly(self, job: Job, ticket: Ticket, *, now: float) -> Done:
        timings = Timings()
        timings.add("queue", max(0.0, (now - job.enqueued_at) * 1e3))
        if job.endpoint == "embeddings":
            with timings.span("upstream"):
                return await self._embed(job, timings)
        with timings.span("upstream"):
            route, whole = await self._ask(job, ticket)
        return await self._settle(job, ticket, route, whole, timings)

    async def _ask(self, job: Job, ticket: Ticket) -> tuple[Route, JSON]:
        """Ask the routes in order; once a token has come there is no going back."""
        failure: errors.SemcacheError = errors.UpstreamUnavailableError("No provider was asked.")
        for route in self._catalog.find(job.model, kind="chat"):
            assembler = Assembler()
            try:
                return route, await self._relay(job, ticket, route, assembler)
            except errors.UpstreamError as error:
                failure = error
                if assembler.begun:
                    break
                log.warning("%s: %s", route.vendor, error)
        raise failure

    async def _relay(
        self, job: Job, ticket: Ticket, route: Route, assembler: Assembler
    ) -> JSON:
        """Append the provider's chunks to the flight as they come; return the whole."""
        size_bytes = 0
        async for chunk in self._providers[route.vendor].stream(job.body, model=route.upstream):
            try:
                assembler.add(chunk)
            except _MISSHAPEN as error:
                raise errors.UpstreamError(f"{route.vendor} sent a misshapen chunk.") from error
            data = orjson.dumps(chunk)
            size_bytes += len(data)
            if size_bytes > ANSWER_LIMIT_BYTES:
                raise errors.UpstreamError(f"{route.vendor} sent more than an answer may hold.")
            event = stream.pack(Chunk(data=data, closing=not chunk["choices"]))
            await self._claims.append(ticket, event, keep_s=self._deadline_s)
        if not assembler.begun:
            raise errors.UpstreamError(f"{route.vendor} sent an empty answer.")
        if not assembler.whole:
            raise errors.UpstreamError(f"{route.vendor} broke off in the middle of its answer.")
        return assembler.completion()

    async def _settle(
        self, job: Job, ticket: Ticket, route: Route, whole: JSON, timings: Timings
    ) -> Done:
        """Bill the answer and keep it, if it may be kept."""
        usage = _usage(whole.get("usage"))
        cost_usd = prices.cost_usd(usage, model=route.upstream, price=route.price)
        self._note(job, usage, cost_usd=cost_usd)
        name = job.fingerprints[0]
        draft = Draft(
            model=route.model,
            fingerprint=name,
            handle=keys.handle(name, salt=job.salt),
            body=orjson.dumps(whole),
            usage=usage,
            cost_usd=cost_usd,
            created_at=time.time(),
            scope=job.scope or None,
        )
        answer = _answer(draft, job)
        if not job.store or not _keepable(whole, keep_truncated=job.keep_truncated):
            return Done(answer=answer, stored=False, timings=timings.spans)
        with timings.span("keep"):
            kept = await self._keep(draft, answer, job=job, fence=ticket.token)
        return Done(answer=kept or answer, stored=kept is not None, timings=timings.spans)

    async def _keep(self, draft: Draft, answer: Answer, *, job: Job, fence: int) -> Answer | None:
        """Write the book, then L1. A fault costs the next hit, not this answer."""
        try:
            entry_id = await self._entries.put(draft, job=job, fence=fence)
            if entry_id is None:
                return None
            kept = replace(answer, entry_id=entry_id)
            keep_s = job.ttl_s + job.keep_stale_s
            hit = Hit(level="exact", answer=kept)
            await self._exact.put(draft.fingerprint, hit, keep_s=keep_s)
        except errors.CacheFaultError as error:
            log.warning("An answer was not kept: %s", error)
            return None
        return kept

    async def _embed(self, job: Job, timings: Timings) -> Done:
        """Embed the inputs nobody has seen yet; keep each by itself."""
        route, rows = await self._ask_embeddings(job)
        *rows, closing = rows
        usage = _usage(closing.get("usage"))
        cost_usd = prices.cost_usd(usage, model=route.upstream, price=route.price)
        self._note(job, usage, cost_usd=cost_usd)
        shares = _shares(job.body["input"], usage.prompt_tokens)
        now, bodies, stored = time.time(), [], job.store
        for name, row, tokens in zip(job.fingerprints, rows, shares, strict=True):
            body = orjson.dumps({"embedding": _packed(row, route.vendor), "tokens": tokens})
            bodies.append(body)
            draft = Draft(
                model=route.model,
                fingerprint=name,
                handle=keys.handle(name, salt=job.salt),
                body=body,
                usage=Usage(prompt_tokens=tokens),
                cost_usd=_share(cost_usd, tokens, usage.prompt_tokens),
                created_at=now,
            )
            if job.store:
                kept = await self._keep(draft, _answer(draft, job), job=job, fence=int(now * 1e6))
                stored = stored and kept is not None
        whole = replace(
            _answer(draft, job), body=b"[" + b",".join(bodies) + b"]", cost_usd=cost_usd
        )
        return Done(answer=whole, stored=stored, timings=timings.spans)

    async def _ask_embeddings(self, job: Job) -> tuple[Route, list[JSON]]:
        failure: errors.SemcacheError = errors.UpstreamUnavailableError("No provider was asked.")
        for route in self._catalog.find(job.model, kind="embeddings"):
            try:
                provider = self._providers[route.vendor]
                return route, list(await provider.embed(job.body, model=route.upstream))
            except errors.UpstreamError as error:
                failure = error
        raise failure

    def _note(
        self, job: Job, usage: Usage, *, cost_usd: float | None, error: str | None = None
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


def _answer(draft: Draft, job: Job) -> Answer:
    return Answer(
        entry_id=0,
        handle=draft.handle,
        body=draft.body,
        created_at=draft.created_at,
        expires_at=draft.created_at + job.ttl_s,
        cost_usd=draft.cost_usd,
        usage=draft.usage,
    )


def _failed(error: errors.SemcacheError) -> Failed:
    return Failed(
        error=type(error).__name__,
        message=error.message,
        param=error.param,
        code=error.code,
        retry_after_s=error.retry_after_s,
    )


def _keepable(whole: JSON, *, keep_truncated: bool) -> bool:
    """Refusals, filtered, empty and (by policy) truncated answers are not kept."""
    for choice in whole["choices"]:
        message, reason = choice["message"], choice.get("finish_reason")
        if reason == "content_filter" or message.get("refusal"):
            return False
        if reason == "length" and not keep_truncated:
            return False
        if not any(message.get(part) for part in ("content", "tool_calls", "function_call")):
            return False
    return True


def _usage(said: Any) -> Usage:
    """Read the provider's counts; what is missing or no number counts as nothing."""
    counts = said if isinstance(said, dict) else {}
    values = (counts.get("prompt_tokens"), counts.get("completion_tokens"))
    prompt, completion = (v if isinstance(v, int) and v >= 0 else 0 for v in values)
    return Usage(prompt_tokens=prompt, completion_tokens=completion)


def _packed(row: JSON, vendor: str) -> str:
    """Pack a vector as base64 of float32, little-endian: OpenAI's own compact form."""
    try:
        vector = np.asarray(row["embedding"], dtype="<f4")
    except _MISSHAPEN as error:
        raise errors.UpstreamError(f"{vendor} sent an embedding that is no vector.") from error
    if vector.ndim != 1 or not vector.size or not np.isfinite(vector).all():
        raise errors.UpstreamError(f"{vendor} sent an embedding that is no vector.")
    return base64.b64encode(vector.tobytes()).decode()


def _shares(inputs: list[Any], tokens: int) -> list[int]:
    """Share a batch's tokens out by length; providers count the batch only."""
    lengths = [max(1, len(text)) for text in inputs]
    return [round(tokens * length / sum(lengths)) for length in lengths]


def _share(cost_usd: float | None, tokens: int, total: int) -> float | None:
    return cost_usd if cost_usd is None or not total else cost_usd * tokens / total
