"""The same candidates through the eyes of another encoder.

It sees only what the live encoder found: what else would have been near it is not known.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from embeddings.errors import EmbeddingsError
from embeddings.types import Vectors
from semcache import errors
from semcache.ledger.shadows import Shadows
from semcache.levels.verify import decision
from semcache.types.audit import Rescore
from semcache.types.decision import Candidate, Decision

log = logging.getLogger(__name__)

_TRIES, _PAUSE_S = 10, 1.0
"""The journal writes a request's row a moment after the request."""


class Rescoring:
    """Weighs the candidates of drawn requests again.

    Args:
        name: of the other encoder.
        encode: text to vector by it, (d,) float32, L2-normalised.
        shadows: where its verdicts are kept.
    """

    def __init__(
        self, *, name: str, encode: Callable[[str], Awaitable[Vectors]], shadows: Shadows
    ) -> None:
        self._name = name
        self._encode = encode
        self._shadows = shadows

    async def run(self, rescore: Rescore, *, now: float) -> None:
        """Weigh again, and keep the verdict beside the live one. Raises nothing."""
        if now > rescore.deadline_at:
            log.info("A second look at %s came too late.", rescore.request_id)
            return
        try:
            verdict = await self._verdict(rescore)
            for _ in range(_TRIES):
                if await self._shadows.put(
                    verdict, tenant_id=rescore.tenant_id, request_id=rescore.request_id
                ):
                    return
                await asyncio.sleep(_PAUSE_S)
            log.info("The journal holds no row of %s.", rescore.request_id)
        except (errors.CacheFaultError, EmbeddingsError) as error:
            log.warning("A second look at %s failed: %s", rescore.request_id, error)
        except Exception:
            log.exception("A second look at %s failed for no known reason", rescore.request_id)

    async def _verdict(self, rescore: Rescore) -> dict[str, Any]:
        asked = await self._encode(rescore.asked)
        seen = [
            replace(one, similarity=float(asked @ await self._encode(one.text)))
            for one in rescore.candidates
        ]
        seen.sort(key=lambda one: one.similarity, reverse=True)
        decided = decision.decide(rescore.asked, seen, rule=rescore.rule, chance=rescore.chance)
        return {"name": self._name, **_told(decided, seen)}


def _told(decided: Decision, seen: list[Candidate]) -> dict[str, Any]:
    chosen = None if decided.chosen is None else decided.weighed[decided.chosen]
    return {
        "served": chosen and chosen.candidate.handle,
        "probability": chosen and chosen.probability,
        "threshold": decided.threshold,
        "similarities": {one.handle: round(one.similarity, 6) for one in seen},
    }
