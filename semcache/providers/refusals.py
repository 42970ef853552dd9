"""A provider's error answer, translated into our error tree. Pure."""

import math
import time
from collections.abc import Container, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from semcache import errors

_CONTEXT = {"context_length_exceeded", "exceed_context_size_error", "string_above_max_length"}
_CONTENT = {"content_filter", "content_policy_violation", "content_refused"}
_SERVER = 500
_ERRORS = range(400, 600)
_TOO_MANY = 429
_BY_STATUS: tuple[tuple[Container[int], type[errors.SemcacheError]], ...] = (
    ((408, 504), errors.UpstreamTimeoutError),
    ((401, 402, 403, 404), errors.UpstreamRejectedError),
    (range(500, 600), errors.UpstreamUnavailableError),
)


def translate(
    status: int, body: bytes, *, headers: Mapping[str, str], provider: str
) -> errors.SemcacheError:
    """Say what kind of error an answer with `status` is."""
    said = _envelope(body)
    words = str(said.get("message") or f"HTTP {status}")
    message = f"{provider}: {words}"
    if status == _TOO_MANY:
        wait = _seconds(headers.get("retry-after"))
        return errors.UpstreamRateLimitError(message, retry_after_s=wait)
    if status not in _ERRORS:
        return errors.UpstreamRejectedError(f"{message}: is base_url right?")
    for statuses, kind in _BY_STATUS:
        if status in statuses:
            return kind(message)
    return _callers_fault(said, message)


def _callers_fault(said: Mapping[str, Any], message: str) -> errors.SemcacheError:
    """Translate a 4xx, by what the envelope says."""
    codes = {str(said.get("code")), str(said.get("type"))}
    if not said:  # some proxy's page: nobody has read the request
        return errors.UpstreamError(message)
    if codes & _CONTEXT:
        return errors.ContextLengthError(message, param="messages")
    if codes & _CONTENT:
        return errors.RefusedError(message, param="messages")
    param = said.get("param")
    return errors.InvalidRequestError(message, param=param if isinstance(param, str) else None)


def in_stream(said: Any, *, provider: str) -> errors.SemcacheError:
    """Translate an error that came as an event of the stream."""
    said = said if isinstance(said, dict) else {"message": str(said)}
    status = said.get("status") or said.get("code")
    known = status if isinstance(status, int) and status in _ERRORS else _SERVER
    body = orjson.dumps({"error": said})
    return translate(known, body, headers={}, provider=provider)


def _envelope(body: bytes) -> dict[str, Any]:
    """Find OpenAI's error object; anything else says nothing."""
    try:
        said = orjson.loads(body)
    except ValueError:
        return {}
    error = said.get("error") if isinstance(said, dict) else None
    if isinstance(error, dict):
        return error
    return {"message": error} if isinstance(error, str) else {}


def _seconds(header: str | None) -> float | None:
    """Read Retry-After: seconds, or a date (RFC 9110, section 10.2.3)."""
    try:
        wait = float(header or "nan")
    except ValueError:
        wait = _until(str(header))
    return max(0.0, wait) if math.isfinite(wait) else None


def _until(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return math.nan
