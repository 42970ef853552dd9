"""A provider's whole answer, for nobody who waits."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from semcache import errors
from semcache.providers import prices, usages
from semcache.providers.base import JSON, Provider
from semcache.providers.catalog import Catalog, Route
from semcache.types.completion import Assembler
from semcache.types.usage import Usage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a provider answered. `cost_usd` is None where nobody knows its price."""

    completion: JSON
    usage: Usage
    cost_usd: float | None


class Asking:
    """Asks the providers of the catalog, in their order; nothing is cached.

    Args:
        catalog, providers: whom to ask, by model and by vendor name.
        deadline_s: how long it may take in all.
    """

    def __init__(
        self, *, catalog: Catalog, providers: Mapping[str, Provider], deadline_s: float
    ) -> None:
        self._catalog = catalog
        self._providers = providers
        self._deadline_s = deadline_s

    async def ask(self, body: JSON, *, model: str) -> Asked:
        """Ask for a whole answer.

        Raises:
            SemcacheError: there is no such model, or none of its providers gave one.
        """
        failure: errors.SemcacheError = errors.UpstreamUnavailableError("No provider was asked.")
        try:
            async with asyncio.timeout(self._deadline_s):
                for route in self._catalog.find(model, kind="chat"):
                    try:
                        return _priced(await self._whole(body, route), route)
                    except errors.UpstreamError as error:
                        failure = error
                        log.warning("%s: %s", route.vendor, error)
        except TimeoutError:
            failure = errors.UpstreamTimeoutError("No answer within the deadline.")
        raise failure

    async def _whole(self, body: JSON, route: Route) -> JSON:
        assembler = Assembler(expected=int(body.get("n") or 1))
        async for chunk in self._providers[route.vendor].stream(body, model=route.upstream):
            try:
                assembler.add(chunk)
            except ValueError as error:
                raise errors.UpstreamError(f"{route.vendor} sent a misshapen chunk.") from error
        if not assembler.begun or not assembler.whole:
            raise errors.UpstreamError(f"{route.vendor} gave no whole answer.")
        return assembler.completion()


def _priced(completion: JSON, route: Route) -> Asked:
    usage = usages.read(completion.get("usage"))
    cost_usd = prices.cost_usd(usage, model=route.upstream, price=route.price)
    return Asked(completion=completion, usage=usage, cost_usd=cost_usd)
