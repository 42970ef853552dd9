"""The asking of a chat job, token by token."""

import logging
from collections.abc import Mapping

import orjson

from semcache import errors
from semcache.flight import stream
from semcache.flight.outbox import Outbox
from semcache.generation import keeping
from semcache.generation.keeping import Keeping
from semcache.providers import usages
from semcache.providers.base import JSON, Provider
from semcache.providers.catalog import Catalog, Route
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
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        providers: Mapping[str, Provider],
        keeping: Keeping,
    ) -> None:
        self._catalog = catalog
        self._providers = providers
        self._keeping = keeping

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
        )
        kept = None
        if job.store and keepable(whole, keep_truncated=job.keep_truncated):
            with timings.span("keep"):
                kept = await self._keeping.keep(draft, job=job, fence=ticket.token)
        answer = kept or keeping.answer(draft, job=job)
        return Done(answer=answer, stored=kept is not None, timings=timings.spans)

    async def settle(self, job: Job, done: Done) -> None:
        """Let the answer be found by meaning."""
        if done.stored:
            await self._keeping.index(done.answer.entry_id, job=job)

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
