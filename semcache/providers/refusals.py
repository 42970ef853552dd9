"""A provider's error answer, translated into our error tree. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from semcache import errors

_CONTEXT = ("context_length_exceeded", "exceed_context_size_error", "string_above_max_length")
_CONTENT = ("content_filter", "content_policy_violation", "content_refused")
_TIMEOUTS = (408, 504)
_REJECTED = (401, 402, 403, 404)
_SERVER = 500
_TOO_MANY = 429


def translate(
    status: int, body: bytes, *, headers: Mapping[str, str], provider: str
) -> errors.SemcacheError:
    """Say what kind of error an answer with `status` is."""
    said = _envelope(body)
    words = str(said.get("message") or f"HTTP {status}")
    message = f"{provider}: {words}"
    code = str(said.get("code") or said.get("type") or "")
    if status == _TOO_MANY:
        wait = _seconds(headers.get("retry-after"))
        return errors.UpstreamRateLimitError(message, retry_after_s=wait)
    if status in _TIMEOUTS:
        return errors.UpstreamTimeoutError(message)
    if status >= _SERVER:
        return errors.UpstreamUnavailableError(message)
    if status in _REJECTED:
        return errors.UpstreamRejectedError(message)
    if code in _CONTEXT or str(said.get("type")) in _CONTEXT:
        return errors.ContextLengthError(message, param="messages")
    if code in _CONTENT:
        return errors.RefusedError(message, param="messages")
    param = said.get("param")
    return errors.InvalidRequestError(message, param=param if isinstance(param, str) else None)


def in_stream(said: Any, *, provider: str) -> errors.SemcacheError:
    """Translate an error that came as an event of the stream."""
    said = said if isinstance(said, dict) else {"message": str(said)}
    status = said.get("status") or said.get("code")
    known = status if isinstance(status, int) else _SERVER
    body = json.dumps({"error": said}).encode()
    return translate(known, body, headers={}, provider=provider)


def _envelope(body: bytes) -> dict[str, Any]:
    """Find OpenAI's error object; anything else says nothing."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    error = said.get("error") if isinstance(said, dict) else None
    if isinstance(error, dict):
        return error
    return {"message": error} if isinstance(error, str) else {}


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None
