"""The one table from error classes to HTTP, and OpenAI's envelope."""

import math

import orjson

from semcache import errors

# The first class that fits decides: narrower ones stand first.
TABLE: tuple[tuple[type[errors.SemcacheError], int, str, str], ...] = (
    (errors.InvalidKeyError, 401, "authentication_error", "invalid_api_key"),
    (errors.NotFoundError, 404, "invalid_request_error", "not_found"),
    (errors.MethodError, 405, "invalid_request_error", "method_not_allowed"),
    (errors.RateLimitedError, 429, "rate_limit_error", "rate_limited"),
    (errors.TooLargeError, 413, "invalid_request_error", "request_too_large"),
    (errors.ContextLengthError, 400, "invalid_request_error", "context_length_exceeded"),
    (errors.RefusedError, 422, "invalid_request_error", "content_refused"),
    (errors.CallerError, 400, "invalid_request_error", "invalid_request"),
    (errors.UpstreamRateLimitError, 429, "rate_limit_error", "rate_limited"),
    (errors.UpstreamTimeoutError, 504, "upstream_error", "upstream_timeout"),
    (errors.UpstreamError, 502, "upstream_error", "upstream_error"),
    (errors.FlightLostError, 502, "upstream_error", "upstream_error"),
    (errors.NotCachedError, 504, "cache_error", "not_cached"),
    (errors.CacheFaultError, 503, "server_error", "upstream_unavailable"),
    (errors.SemcacheError, 500, "server_error", "internal_error"),
)


def row(error: errors.SemcacheError) -> tuple[int, str, str]:
    """Find status, type and code of an error."""
    for kind, status, type_, code in TABLE:
        if isinstance(error, kind):
            return status, type_, error.code or code
    raise AssertionError(error)


def envelope(error: errors.SemcacheError, *, request_id: str) -> bytes:
    """Write OpenAI's error envelope."""
    _, type_, code = row(error)
    said = {"message": error.message, "type": type_, "param": error.param, "code": code}
    return orjson.dumps({"error": said, "request_id": request_id})


def headers(error: errors.SemcacheError) -> dict[str, str]:
    """Say what goes beside the envelope."""
    if isinstance(error, errors.MethodError) and error.allowed:
        return {"Allow": ", ".join(error.allowed)}
    if error.retry_after_s is not None:
        return {"Retry-After": str(math.ceil(error.retry_after_s))}
    return {}
