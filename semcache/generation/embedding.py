"""The asking of an embeddings job: the inputs nobody has seen yet, each kept by itself."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import orjson

from semcache import errors
from semcache.flight.outbox import Outbox
from semcache.generation import keeping
from semcache.generation.keeping import Keeping
from semcache.providers import usages
from semcache.providers.base import JSON, Provider
from semcache.providers.catalog import Catalog, Route
from semcache.types.flight import Done, Job, Ticket
from semcache.types.timings import Timings
from semcache.types.usage import Usage

_MISSHAPEN = (TypeError, ValueError, KeyError)


class EmbeddingGeneration:
    """Fetches embeddings."""

    def __init__(
        self, *, catalog: Catalog, providers: Mapping[str, Provider], keeping: Keeping
    ) -> None:
        self._catalog = catalog
        self._providers = providers
        self._keeping = keeping

    async def fetch(self, job: Job, ticket: Ticket, outbox: Outbox, timings: Timings) -> Done:  # noqa: ARG002
        """Ask for all inputs at once; the answer's body lists one row an input.

        Raises:
            SemcacheError: no provider gave a vector for each.
        """
        with timings.span("upstream"):
            route, rows, usage = await self._ask(job)
        cost_usd = self._keeping.bill(job, usage, route=route)
        shares = _shares(job.body["input"], usage.prompt_tokens)
        drafts = [
            keeping.draft(
                job,
                name=name,
                body=orjson.dumps({"embedding": vector, "tokens": tokens}),
                usage=Usage(prompt_tokens=tokens),
                cost_usd=_part(cost_usd, tokens, usage.prompt_tokens),
                route=route,
            )
            for name, vector, tokens in zip(job.fingerprints, rows, shares, strict=True)
        ]
        stored = job.store
        if job.store:
            with timings.span("keep"):
                kept = [await self._keeping.keep(d, job=job, fence=ticket.token) for d in drafts]
            stored = None not in kept
        body = b"[" + b",".join(draft.body for draft in drafts) + b"]"
        first = keeping.answer(drafts[0], job=job)
        whole = replace(first, body=body, cost_usd=cost_usd, usage=usage)
        return Done(answer=whole, stored=stored, timings=timings.spans)

    async def settle(self, job: Job, done: Done) -> None:
        """Embeddings are found by their exact input only: there is nothing to do."""

    async def _ask(self, job: Job) -> tuple[Route, list[str], Usage]:
        failure: errors.SemcacheError = errors.UpstreamUnavailableError("No provider was asked.")
        for route in self._catalog.find(job.model, kind="embeddings"):
            try:
                provider = self._providers[route.vendor]
                *rows, closing = await provider.embed(job.body, model=route.upstream)
                vectors = [_packed(row, route.vendor) for row in rows]
                return route, vectors, usages.read(closing.get("usage"))
            except errors.UpstreamError as error:
                failure = error
        raise failure


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
    """Share a batch's tokens out by length, none lost; providers count the batch only."""
    lengths = [max(1, len(text)) for text in inputs]
    marks = [tokens * reached // sum(lengths) for reached in accumulate(lengths, initial=0)]
    return [after - before for before, after in pairwise(marks)]


def _part(cost_usd: float | None, tokens: int, total: int) -> float | None:
    return cost_usd if cost_usd is None or not total else cost_usd * tokens / total
