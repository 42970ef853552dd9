"""Warm the cache through the gateway's front door, at background priority."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from semcache.api import parsing
from semcache.errors import SemcacheError
from semcache.gateway.chat import ChatGateway
from semcache.types.controls import Controls
from semcache.types.identity import Identity
from semcache.types.outcome import Source
from semcache.types.timings import Timings
from warmers.sources.base import Prompt


class Fate(StrEnum):
    """What became of a prompt. Not kept: answered, but refused, truncated or passed by."""

    GENERATED = "generated"
    CACHED = "already cached"
    NOT_KEPT = "not kept"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmed:
    prompt: Prompt
    fate: Fate
    reason: str = ""


class Runner:
    """Asks prompts for a tenant, a few at a time.

    Args:
        gateway: the front door.
        identity: whose cache is warmed.
        model: whom to ask.
        namespace: where the answers are kept.
        at_once: prompts in flight.
    """

    def __init__(
        self,
        *,
        gateway: ChatGateway,
        identity: Identity,
        model: str,
        namespace: str,
        at_once: int,
    ) -> None:
        self._gateway = gateway
        self._identity = identity
        self._model = model
        self._controls = Controls(priority="background", namespace=namespace)
        self._turns = asyncio.Semaphore(at_once)

    async def run(
        self, prompts: Iterable[Prompt], *, tell: Callable[[Warmed], None]
    ) -> "Counter[Fate]":
        """Ask all prompts; `tell` hears of each as it ends."""
        fates: Counter[Fate] = Counter()

        async def one(prompt: Prompt) -> None:
            async with self._turns:
                warmed = await self._warm(prompt)
            fates[warmed.fate] += 1
            tell(warmed)

        async with asyncio.TaskGroup() as group:
            for prompt in prompts:
                group.create_task(one(prompt))
        return fates

    async def _warm(self, prompt: Prompt) -> Warmed:
        try:
            request = parsing.chat({"model": self._model, "messages": list(prompt.messages)})
            parsing.check_chat(request)
            call = self._gateway.admit(
                request,
                controls=self._controls,
                identity=self._identity,
                request_id=f"warm_{uuid.uuid4().hex}",
                timings=Timings(),
            )
            reply = await self._gateway.open(call, now=time.time())
            await reply.answer()
        except SemcacheError as error:
            return Warmed(prompt=prompt, fate=Fate.FAILED, reason=error.message)
        if reply.head.source in {Source.EXACT, Source.SEMANTIC, Source.STALE, Source.COLLAPSED}:
            return Warmed(prompt=prompt, fate=Fate.CACHED)
        return Warmed(prompt=prompt, fate=Fate.GENERATED if reply.stored else Fate.NOT_KEPT)
