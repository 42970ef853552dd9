"""The asking of a chat job, token by token."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping

import orjson

from semcache import errors
from semcache.flight import stream
from semcache.flight.outbox import Outbox
from semcache.generation import keeping
from semcache.generation.keeping import Keeping
from semcache.levels.verify import answers
from semcache.providers import usages
from semcache.providers.base import JSON, Provider
from semcache.providers.catalog import Catalog, Route
from semcache.types.audit import LIMIT_BYTES, PATIENCE_S, Audit
from semcache.types.completion import Assembler
from semcache.types.flight import Chunk, Done, Job, Ticket
from semcache.types.timings import Timings

log = logging.getLogger(__name__)

ANSWER_LIMIT_BYTES = 32 * 2**20


class ChatGeneration:
    """Fetches chat answers.

    Args:
        catalog, providers: whom to ask, by model and by vendor name.
        keeping: where a whole answer goes.
        examine: takes a drawn request on, to be compared in the background.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        providers: Mapping[str, Provider],
        keeping: Keeping,
        examine: Callable[[Audit], Awaitable[None]],
    ) -> None:
        self._catalog = catalog
        self._providers = providers
        self._keeping = keeping
        self._examine = examine

    async def fetch(self, job: Job, ticket: Ticket, outbox: Outbox, timings: Timings) -> Done:
        """Ask, relay, bill, and keep the answer if it may be kept.

        Raises:
            SemcacheError: no provider gave a whole answer.
        """
        with timings.span("upstream"):
            route, whole = await self._ask(job, outbox)
        usage = usages.read(whole.get("usage"))
        cost_usd = self._keeping.bill(job, usage, route=route)
        draft = keeping.draft(
            job,
            name=job.fingerprints[0],
            body=orjson.dumps(whole),
            usage=usage,
            cost_usd=cost_usd,
            route=route,
            said=answers.read(whole).text,
        )
        kept = None
        if job.store and keepable(whole, keep_truncated=job.keep_truncated):
            with timings.span("keep"):
                kept = await self._keeping.keep(draft, job=job, fence=ticket.token)
        answer = kept or keeping.answer(draft, job=job)
        return Done(answer=answer, stored=kept is not None, timings=timings.spans)

    async def settle(self, job: Job, done: Done) -> None:
        """Let the answer be found by meaning; compare it, where the request was drawn."""
        if done.stored:
            await self._keeping.index(done.answer.entry_id, job=job)
        if job.examined and len(done.answer.body) <= LIMIT_BYTES:
            try:
                await self._examine(_audit(job, done))
            except errors.CacheFaultError as error:
                log.warning("A drawn miss was not compared: %s", error)

    async def _ask(self, job: Job, outbox: Outbox) -> tuple[Route, JSON]:
        """Ask the routes in order; once a token has come there is no going back."""
        failure: errors.SemcacheError = errors.UpstreamUnavailableError("No provider was asked.")
        for route in self._catalog.find(job.model, kind="chat"):
            assembler = Assembler(expected=int(job.body.get("n") or 1))
            try:
                return route, await self._relay(job, outbox, route, assembler)
            except errors.UpstreamError as error:
                failure = error
                if assembler.begun:
                    break
                log.warning("%s: %s", route.vendor, error)
        raise failure

    async def _relay(self, job: Job, outbox: Outbox, route: Route, assembler: Assembler) -> JSON:
        """Append the provider's chunks to the flight as they come; return the whole."""
        size_bytes = 0
        async for chunk in self._providers[route.vendor].stream(job.body, model=route.upstream):
            try:
                assembler.add(chunk)
            except ValueError as error:
                raise errors.UpstreamError(f"{route.vendor} sent a misshapen chunk.") from error
            data = orjson.dumps(chunk)
            size_bytes += len(data)
            if size_bytes > ANSWER_LIMIT_BYTES:
                raise errors.UpstreamError(f"{route.vendor} sent more than an answer may hold.")
            outbox.put(stream.pack(Chunk(data=data, closing=not chunk["choices"])))
        if not assembler.begun:
            raise errors.UpstreamError(f"{route.vendor} sent an empty answer.")
        if not assembler.whole:
            raise errors.UpstreamError(f"{route.vendor} broke off in the middle of its answer.")
        return assembler.completion()


def _audit(job: Job, done: Done) -> Audit:
    return Audit(
        tenant_id=job.tenant_id,
        request_id=job.request_id,
        model=job.model,
        examined=job.examined,
        deadline_at=time.time() + PATIENCE_S,
        body=job.body,
        fresh=done.answer.body.decode(),
        cost_usd=done.answer.cost_usd,
    )


def keepable(whole: JSON, *, keep_truncated: bool) -> bool:
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
