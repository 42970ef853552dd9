"""Pairs against a running product, over its HTTP surface: store one side, look the other up."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx
from rich.console import Console
from rich.progress import Progress

from benchmarks.errors import ProductError
from benchmarks.product import Product
from benchmarks.quality.datasets import Pair
from benchmarks.quality.metrics import Share
from benchmarks.quality.pairs import Served

HITS = {"hit-exact", "hit-semantic", "stale"}
_TIMEOUT_S = 600.0
_NOT_CACHED = 504
_SETTLING_TRIES = 50
_SETTLING_S = 0.1


@dataclass(slots=True, kw_only=True)
class Answers:
    """What came back. `levels` counts what `x-semcache` said of the look-ups of each label.

    `served`: by pair, None where its side a was not kept or a request failed. `of_others`: hits
    on the answer of another pair.
    """

    served: list[bool | None] = field(default_factory=list)
    levels: dict[bool, Counter[str]] = field(
        default_factory=lambda: {True: Counter(), False: Counter()}
    )
    of_others: int = 0
    not_kept: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def unlike(self, decided: Sequence[bool]) -> int:
        """Count the pairs that were served here and not there, or the other way round."""
        both = zip(self.served, decided, strict=False)
        return sum(hit is not None and hit != served for hit, served in both)

    def shares(self, pairs: Sequence[Pair]) -> Served:
        known = [
            (pair.fits, hit)
            for pair, hit in zip(pairs, self.served, strict=False)
            if hit is not None
        ]
        counts = [
            Share(
                count=sum(hit for fits, hit in known if fits is label),
                total=sum(fits is label for fits, _ in known),
            )
            for label in (True, False)
        ]
        return Served(should=counts[0], traps=counts[1])


def model(product: Product, *, wanted: str) -> str:
    """Take the model that is wanted where the product lists it, else its first chat model.

    Raises:
        ProductError: Nobody answers, the key is refused, or there is none.
    """
    url = f"{product.base_url}/models"
    try:
        answer = httpx.get(url, headers=product.headers, timeout=30.0)
    except httpx.TransportError as error:
        raise ProductError(f"nobody answers at {url} ({error})") from error
    if answer.status_code != httpx.codes.OK:
        raise ProductError(f"{url} answered {answer.status_code}: {answer.text[:300]}")
    listed = answer.json()["data"]
    names = [str(one["id"]) for one in listed if "embedding" not in str(one.get("kind", one["id"]))]
    if not names:
        raise ProductError(f"{url} lists no chat model; pass --model")
    return wanted if wanted in names else names[0]


def ask(
    product: Product,
    pairs: Sequence[Pair],
    *,
    model: str,
    alone: bool,
    connections: int,
    answers: Answers,
) -> None:
    """Store every side a, then look every side b up with only-if-cached.

    Args:
        alone: each pair in a namespace of its own; else all in one, of this run.
        answers: filled as the look-ups come back, so that Ctrl-C keeps them.

    Raises:
        ProductError: Nobody answers, or the key is refused.
    """
    caller = _Caller(product, model=model, alone=alone, connections=connections)
    try:
        asyncio.run(caller.run(pairs, answers=answers))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


class _Caller:
    def __init__(self, product: Product, *, model: str, alone: bool, connections: int) -> None:
        self._product = product
        self._model = model
        self._name = f"quality-{uuid.uuid4().hex[:12]}"
        self._alone = alone
        self._turns = asyncio.Semaphore(connections)

    async def run(self, pairs: Sequence[Pair], *, answers: Answers) -> None:
        entries: dict[int, str] = {}
        answers.served = [None] * len(pairs)
        headers = self._product.headers
        async with httpx.AsyncClient(headers=headers, timeout=_TIMEOUT_S) as client:
            bar = Progress(console=Console(stderr=True))
            with bar:

                async def store(place: int) -> None:
                    await self._store(client, place, pairs[place], entries, answers=answers)

                async def look(place: int) -> None:
                    await self._look(client, place, pairs[place], entries, answers=answers)

                await self._each(store, len(pairs), title="store", bar=bar)
                await self._settled(client, pairs, entries)
                await self._each(look, len(pairs), title="look up", bar=bar)

    async def _each(
        self, step: Callable[[int], Awaitable[None]], count: int, *, title: str, bar: Progress
    ) -> None:
        task = bar.add_task(title, total=count)

        async def one(place: int) -> None:
            async with self._turns:
                await step(place)
            bar.advance(task)

        async with asyncio.TaskGroup() as group:
            for place in range(count):
                group.create_task(one(place))

    async def _store(
        self,
        client: httpx.AsyncClient,
        place: int,
        pair: Pair,
        entries: dict[int, str],
        *,
        answers: Answers,
    ) -> None:
        answer = await self._send(client, place, pair.stored)
        entry = answer.headers.get("x-semcache-entry", "")
        if answer.status_code != httpx.codes.OK:
            answers.errors[f"storing: {answer.status_code}"] += 1
        elif not entry:
            answers.not_kept += 1
        else:
            entries[place] = entry

    async def _look(
        self,
        client: httpx.AsyncClient,
        place: int,
        pair: Pair,
        entries: dict[int, str],
        *,
        answers: Answers,
    ) -> None:
        if place not in entries:
            return
        answer = await self._send(client, place, pair.asked, cache_control="only-if-cached")
        level = answer.headers.get("x-semcache", "miss")
        if answer.status_code == _NOT_CACHED:
            level = "miss"
        elif answer.status_code != httpx.codes.OK:
            answers.errors[f"looking up: {answer.status_code}"] += 1
            return
        answers.levels[pair.fits][level] += 1
        answers.served[place] = level in HITS
        entry = answer.headers.get("x-semcache-entry")
        answers.of_others += level in HITS and entry != entries[place]

    async def _settled(
        self, client: httpx.AsyncClient, pairs: Sequence[Pair], entries: dict[int, str]
    ) -> None:
        """Wait until the newest entry is found by meaning: a space more is another request."""
        if not entries:
            return
        place = max(entries)
        for _ in range(_SETTLING_TRIES):
            answer = await self._send(
                client, place, f"{pairs[place].stored} ", cache_control="only-if-cached"
            )
            if answer.status_code == httpx.codes.OK:
                break
            await asyncio.sleep(_SETTLING_S)

    async def _send(
        self, client: httpx.AsyncClient, place: int, text: str, *, cache_control: str = ""
    ) -> httpx.Response:
        namespace = f"{self._name}-{place}" if self._alone else self._name
        headers = {"x-semcache-namespace": namespace}
        if cache_control:
            headers["cache-control"] = cache_control
        body = {"model": self._model, "messages": [{"role": "user", "content": text}]}
        url = f"{self._product.base_url}/chat/completions"
        try:
            answer = await client.post(url, json=body, headers=headers)
        except httpx.TransportError as error:
            raise ProductError(f"{url} does not answer: {error!r}") from error
        if answer.status_code in {401, 403}:
            raise ProductError(f"{url} refuses the key; pass the right one with --key")
        return answer
