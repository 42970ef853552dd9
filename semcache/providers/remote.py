"""An OpenAI-style embeddings endpoint as a plain function, for the remote encoder."""

from collections.abc import Sequence

import httpx

from embeddings.errors import EncoderUnavailableError


class Embed:
    """Ask a server for vectors; blocks, and belongs in the encoder's thread."""

    def __init__(self, *, base_url: str, api_key: str, model: str, timeout_s: float) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(
            base_url=base_url.rstrip("/") + "/", headers=headers, timeout=timeout_s
        )
        self._model = model

    def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        body = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        try:
            response = self._client.post("embeddings", json=body)
            response.raise_for_status()
            rows = sorted(response.json()["data"], key=lambda row: row["index"])
            return [row["embedding"] for row in rows]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise EncoderUnavailableError(f"{self._model}: {error}") from error
