import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semcache import errors
from semcache.api import failures
from semcache.errors import SemcacheError
from semcache.providers import refusals
from tests import strategies


def translate(
    status: int, said: object = None, *, headers: dict[str, str] | None = None
) -> SemcacheError:
    body = said if isinstance(said, bytes) else orjson.dumps({"error": said})
    return refusals.translate(status, body, headers=headers or {}, provider="acme")


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (301, b"", errors.UpstreamRejectedError),
        (302, {"message": "moved"}, errors.UpstreamRejectedError),
        (400, {"message": "n is wrong"}, errors.InvalidRequestError),
        (422, {"message": "n is wrong"}, errors.InvalidRequestError),
        (400, {"code": "context_length_exceeded"}, errors.ContextLengthError),
        (400, {"type": "exceed_context_size_error", "code": 400}, errors.ContextLengthError),
        (400, {"code": "content_filter"}, errors.RefusedError),
        (400, {"code": "content_policy_violation"}, errors.RefusedError),
        (401, {"message": "wrong key"}, errors.UpstreamRejectedError),
        (402, {"message": "pay"}, errors.UpstreamRejectedError),
        (403, {"message": "no"}, errors.UpstreamRejectedError),
        (404, {"message": "no such model"}, errors.UpstreamRejectedError),
        (408, {"message": "slow"}, errors.UpstreamTimeoutError),
        (504, b"<html>", errors.UpstreamTimeoutError),
        (429, {"message": "slow down"}, errors.UpstreamRateLimitError),
        (500, {"message": "oops"}, errors.UpstreamUnavailableError),
        (502, b"<html>Bad Gateway</html>", errors.UpstreamUnavailableError),
        (503, b"", errors.UpstreamUnavailableError),
        (529, {"message": "overloaded"}, errors.UpstreamUnavailableError),
    ],
)
def test_a_providers_error_becomes_one_of_ours(
    status: int, said: object, kind: type[SemcacheError]
) -> None:
    assert type(translate(status, said)) is kind


@pytest.mark.parametrize("status", [301, 302, 307, 400, 405, 410, 422])
@pytest.mark.parametrize("page", [b"<html>nginx</html>", b"", b"[]", b'"no"', b"null"])
def test_a_page_that_is_no_envelope_is_never_the_callers_fault(status: int, page: bytes) -> None:
    assert not isinstance(translate(status, page), errors.CallerError)


def test_the_message_names_the_provider_and_says_its_words() -> None:
    assert translate(400, {"message": "n is wrong"}).message == "acme: n is wrong"
    assert translate(500, "boom").message == "acme: boom"
    assert translate(500, b"<html>").message == "acme: HTTP 500"


def test_the_field_that_a_provider_names_is_passed_on() -> None:
    assert translate(400, {"message": "no", "param": "top_k"}).param == "top_k"
    assert translate(400, {"message": "no", "param": 5}).param is None


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("2", 2.0), ("0.5", 0.5), ("-1", 0.0), ("soon", None), ("inf", None), ("1e999", None)],
)
def test_the_time_to_wait_is_passed_on_where_it_can_be_meant(
    header: str, wait_s: float | None
) -> None:
    assert translate(429, headers={"retry-after": header}).retry_after_s == wait_s


def test_a_date_to_come_back_at_is_understood() -> None:
    past = translate(429, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"})
    future = translate(429, headers={"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"})

    assert past.retry_after_s == 0.0
    assert future.retry_after_s is not None
    assert future.retry_after_s > 0.0


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"message": "oops"}, errors.UpstreamUnavailableError),
        ({"message": "oops", "code": "server_error"}, errors.UpstreamUnavailableError),
        ({"message": "slow down", "code": 429}, errors.UpstreamRateLimitError),
        (
            {"message": "too long", "code": 400, "type": "exceed_context_size_error"},
            errors.ContextLengthError,
        ),
        ({"message": "vendor's own", "code": 1301}, errors.UpstreamUnavailableError),
        ({"message": "odd", "code": 200}, errors.UpstreamUnavailableError),
        ({"message": "odd", "code": True}, errors.UpstreamUnavailableError),
        ("oops", errors.UpstreamUnavailableError),
        (["oops"], errors.UpstreamUnavailableError),
    ],
    ids=str,
)
def test_an_error_in_the_stream_becomes_one_of_ours(
    said: object, kind: type[SemcacheError]
) -> None:
    assert type(refusals.in_stream(said, provider="acme")) is kind


garbage = st.one_of(
    st.binary(max_size=50),
    strategies.values.map(lambda said: orjson.dumps({"error": said})),
    strategies.values.map(orjson.dumps),
    st.sampled_from([b'{"error":{"message":"\\ud800"}}', b"[" * 60_000, b'{"error":' * 20_000]),
)


@strategies.unhurried
@given(
    status=st.integers(300, 599),
    body=garbage,
    wait=st.text(max_size=8) | st.sampled_from(["1e999", "nan", "Mon, 01 Jan 0001 00:00:00 GMT"]),
)
def test_whatever_a_provider_says_can_be_told_to_the_caller(
    status: int, body: bytes, wait: str
) -> None:
    error = refusals.translate(status, body, headers={"retry-after": wait}, provider="acme")

    assert msgspec.msgpack.encode([error.message, error.param, error.retry_after_s])
    assert failures.envelope(error, request_id="req_1")
    assert failures.headers(error) is not None


@strategies.unhurried
@given(said=strategies.values)
def test_whatever_a_stream_says_can_be_told_to_the_caller(said: object) -> None:
    error = refusals.in_stream(said, provider="acme")

    assert msgspec.msgpack.encode([error.message, error.param])
