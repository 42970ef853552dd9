import pytest

from semcache.api import entrance
from semcache.api.entrance import HungUpError, Message, Receive
from semcache.errors import TooLargeError


def wire(messages: list[Message]) -> Receive:
    """Give the messages one by one."""

    async def receive() -> Message:
        return messages.pop(0)

    return receive


def parts(*bodies: bytes) -> list[Message]:
    last = len(bodies) - 1
    return [
        {"type": "http.request", "body": body, "more_body": place < last}
        for place, body in enumerate(bodies)
    ]


GONE: Message = {"type": "http.disconnect"}


async def test_a_body_is_read_whole_however_it_comes() -> None:
    assert await entrance.read(wire(parts(b"abc")), limit_bytes=3) == b"abc"
    assert await entrance.read(wire(parts(b"a", b"", b"bc")), limit_bytes=3) == b"abc"
    assert await entrance.read(wire([{"type": "http.request"}]), limit_bytes=3) == b""


async def test_a_body_over_the_limit_is_read_to_its_end_so_that_the_connection_stays_usable() -> (
    None
):
    left = parts(b"ab", b"cd", b"ef")

    with pytest.raises(TooLargeError, match="3 bytes"):
        await entrance.read(wire(left), limit_bytes=3)

    assert not left


async def test_a_body_without_an_end_is_not_read_for_ever() -> None:
    async def flood() -> Message:
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    with pytest.raises(TooLargeError):
        await entrance.read(flood, limit_bytes=100)


async def test_a_caller_who_hangs_up_is_noticed() -> None:
    with pytest.raises(HungUpError):
        await entrance.read(wire([*parts(b"a", b"b")[:1], GONE]), limit_bytes=9)


def test_header_names_lose_their_case_and_repeated_ones_are_joined() -> None:
    scope = {"headers": [(b"X-A", b"1"), (b"x-a", b"2"), (b"X-B", b"\xe9")]}

    assert entrance.headers(scope) == {"x-a": "1, 2", "x-b": "é"}


@pytest.mark.parametrize("asked", ["abc", "req_1", "a" * 200, "6f1c-{}/+"])
def test_the_callers_request_id_is_kept(asked: str) -> None:
    assert entrance.request_id({"x-request-id": asked}) == asked


@pytest.mark.parametrize("asked", [None, "", "a b", "a" * 201, "a\r\nSet-Cookie: x", "é", "a\n"])
def test_an_id_that_is_missing_or_cannot_stand_in_a_header_is_replaced(asked: str | None) -> None:
    given = {} if asked is None else {"x-request-id": asked}

    made = {entrance.request_id(given), entrance.request_id(given)}

    assert len(made) == 2
    assert all(one.startswith("req_") and one.isascii() for one in made)
