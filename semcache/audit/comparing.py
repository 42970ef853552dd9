"""Do two answers say the same? By reading, by likeness, and where that is not clear by a judge."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from embeddings.errors import EmbeddingsError
from embeddings.types import Vectors
from semcache import errors
from semcache.audit.asking import Asked, Asking
from semcache.levels.verify import answers, jury
from semcache.providers.base import JSON

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Whether two answers say the same, and why, in words. `asked`: what a judge model said.

    `unlike`: they are about different things altogether. `unclear`: nobody could say.
    """

    same: bool
    reason: str
    unlike: bool = False
    unclear: bool = False
    asked: Asked | None = None


class Judge:
    """A judge model; fails closed.

    Args:
        asking: asks it.
        model: its name in the catalog.
    """

    def __init__(self, *, asking: Asking, model: str) -> None:
        self._asking = asking
        self.model = model

    async def says_same(self, question: str, one: str, other: str) -> Compared:
        """Ask whether two answers to a question say the same.

        Raises:
            UpstreamError: it cannot be reached; nothing is known then.
        """
        case = secrets.token_hex(4)
        body = jury.request(case=case, question=question, answers=(one, other))
        try:
            asked = await self._asking.ask(body, model=self.model)
        except errors.CallerError as error:
            return Compared(same=False, reason=f"the judge would not judge: {error.message}")
        said = answers.read(asked.completion).text
        same = jury.says_yes(said, case=case)
        words = "the judge says yes" if same else f"the judge gave no clean yes: {said[:200]!r}"
        return Compared(same=same, reason=words, asked=asked)


class Comparing:
    """Compares answers.

    Args:
        encode: text to vector, (d,) float32, L2-normalised.
        judge: asked where reading and likeness leave it open; without one, it stays open.
    """

    def __init__(self, *, encode: Callable[[str], Awaitable[Vectors]], judge: Judge | None) -> None:
        self._encode = encode
        self.judge = judge

    async def compare(self, question: str, ours: JSON, theirs: JSON) -> Compared:
        """Compare two completions, answers to one question.

        Raises:
            UpstreamError: the judge model cannot be reached.
            CacheFaultError: the encoder failed.
        """
        one, other = answers.read(ours), answers.read(theirs)
        verdict = answers.plainly(one, other)
        if verdict is None:
            similarity = await self._similarity(one.text, other.text)
            verdict = answers.compare(one, other, similarity=similarity)
        if verdict.same is not None:
            return Compared(same=verdict.same, reason=verdict.reason, unlike=verdict.unlike)
        if self.judge is None:
            return Compared(same=False, reason=f"unclear: {verdict.reason}", unclear=True)
        return await self.judge.says_same(question, one.text, other.text)

    async def _similarity(self, one: str, other: str) -> float:
        try:
            ours, theirs = await self._encode(one), await self._encode(other)
        except EmbeddingsError as error:
            raise errors.CacheFaultError(f"The encoder failed: {error}") from error
        return float(ours @ theirs)
