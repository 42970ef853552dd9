from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

JSON = dict[str, Any]


class Provider(Protocol):
    """Answers requests for the models it is configured with."""

    name: str

    def stream(self, body: Mapping[str, Any], *, model: str) -> AsyncIterator[JSON]:
        """Ask for a chat answer, as `chat.completion.chunk`s, usage in a last one.

        Args:
            body: the request as the caller sent it.
            model: the model's name at the provider.

        Raises:
            UpstreamError: it cannot answer, or broke off.
            CallerError: it says the request is wrong.
        """

    async def embed(self, body: Mapping[str, Any], *, model: str) -> Sequence[JSON]:
        """Ask for embeddings of `body["input"]`, a list; answers like OpenAI's endpoint.

        Returns:
            one `{"embedding": [float, …]}` an input in order, then one `{"usage": …}`.

        Raises:
            UpstreamError, CallerError: as above.
        """

    async def aclose(self) -> None: ...
