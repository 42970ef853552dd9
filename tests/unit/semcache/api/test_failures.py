from collections.abc import Iterator

import orjson
import pytest

from semcache import errors
from semcache.api import failures
from semcache.errors import SemcacheError

STATUSES: dict[type[SemcacheError], tuple[int, str]] = {
    errors.SemcacheError: (500, "internal_error"),
    errors.CallerError: (400, "invalid_request"),
    errors.InvalidRequestError: (400, "invalid_request"),
    errors.InvalidKeyError: (401, "invalid_api_key"),
    errors.NotFoundError: (404, "not_found"),
    errors.MethodError: (405, "method_not_allowed"),
    errors.TooLargeError: (413, "request_too_large"),
    errors.RateLimitedError: (429, "rate_limited"),
    errors.ContextLengthError: (400, "context_length_exceeded"),
    errors.RefusedError: (422, "content_refused"),
    errors.UpstreamError: (502, "upstream_error"),
    errors.UpstreamUnavailableError: (502, "upstream_error"),
    errors.UpstreamRateLimitError: (429, "rate_limited"),
    errors.UpstreamRejectedError: (502, "upstream_error"),
    errors.UpstreamTimeoutError: (504, "upstream_timeout"),
    errors.NotCachedError: (504, "not_cached"),
    errors.CacheFaultError: (503, "upstream_unavailable"),
    errors.FlightLostError: (502, "upstream_error"),
    errors.FlightAbandonedError: (500, "internal_error"),
    errors.ConfigurationError: (500, "internal_error"),
}


def tree(root: type[SemcacheError]) -> Iterator[type[SemcacheError]]:
    yield root
    for kind in root.__subclasses__():
        yield from tree(kind)


def test_every_error_has_its_status() -> None:
    """A new class must say here what a caller gets."""
    assert {kind.__name__ for kind in tree(SemcacheError)} == {k.__name__ for k in STATUSES}


@pytest.mark.parametrize("kind", STATUSES, ids=lambda kind: kind.__name__)
def test_an_error_has_the_status_and_code_of_the_reference(kind: type[SemcacheError]) -> None:
    status, _, code = failures.row(kind("Words."))

    assert (status, code) == STATUSES[kind]


@pytest.mark.parametrize("kind", STATUSES, ids=lambda kind: kind.__name__)
def test_the_callers_fault_is_a_4xx_and_ours_is_not(kind: type[SemcacheError]) -> None:
    status, _, _ = failures.row(kind("Words."))

    if issubclass(kind, errors.CallerError):
        assert 400 <= status < 500
        assert kind.retryable == (kind is errors.RateLimitedError)
    elif kind is not errors.UpstreamRateLimitError:
        assert status >= 500


def test_the_envelope_is_openais_with_the_request_id() -> None:
    error = errors.InvalidRequestError("n must be whole.", param="n")

    assert orjson.loads(failures.envelope(error, request_id="req_1")) == {
        "error": {
            "message": "n must be whole.",
            "type": "invalid_request_error",
            "param": "n",
            "code": "invalid_request",
        },
        "request_id": "req_1",
    }


def test_a_narrower_code_wins() -> None:
    error = errors.NotFoundError("No such model.", param="model", code="model_not_found")

    assert failures.row(error) == (404, "invalid_request_error", "model_not_found")


@pytest.mark.parametrize(("wait_s", "said"), [(0.0, "0"), (0.2, "1"), (2.0, "2"), (2.5, "3")])
def test_retry_after_is_whole_seconds_and_never_too_early(wait_s: float, said: str) -> None:
    error = errors.UpstreamRateLimitError("Slow down.", retry_after_s=wait_s)

    assert failures.headers(error) == {"Retry-After": said}


def test_a_wrong_method_is_told_the_right_ones() -> None:
    error = errors.MethodError("Not so.", allowed=("GET", "HEAD"))

    assert failures.headers(error) == {"Allow": "GET, HEAD"}


def test_who_knows_no_time_to_come_back_names_none() -> None:
    assert failures.headers(errors.UpstreamError("Words.")) == {}
