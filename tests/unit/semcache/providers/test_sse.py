import itertools
from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semcache.errors import UpstreamError
from semcache.providers import sse
from tests.strategies import unhurried


async def stream(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def events(*parts: bytes) -> list[bytes]:
    return [data async for data in sse.data(stream(parts))]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"data: 1\n\ndata: 2\n\n", [b"1", b"2"]),
        (b"data:1\n\n", [b"1"]),
        (b"data:  1\n\n", [b" 1"]),
        (b"data: 1\r\n\r\ndata: 2\r\n\r\n", [b"1", b"2"]),
        (b": keep-alive\n\ndata: 1\n\n", [b"1"]),
        (b"event: message\nid: 7\nretry: 3\ndata: 1\n\n", [b"1"]),
        (b"data: 1\ndata: 2\n\n", [b"1\n2"]),
        (b"\n\n\ndata: 1\n\n\n\n", [b"1"]),
        (b"database: 1\n\n", []),
        (b"data: 1\n\ndata: [DONE]", [b"1", b"[DONE]"]),
        (b"", []),
        (b"<html>", []),
    ],
)
async def test_events_are_read_as_the_standard_says(raw: bytes, found: list[bytes]) -> None:
    assert await events(raw) == found


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
async def test_an_event_that_comes_byte_by_byte_is_read_the_same(end: bytes) -> None:
    raw = end.join([b"data: 1", b"data: 2", b"", b"data: 3", b"", b""])

    assert await events(*(raw[at : at + 1] for at in range(len(raw)))) == [b"1\n2", b"3"]


async def test_a_lone_cr_ends_a_line() -> None:
    assert await events(b"data: 1\r\rdata: 2\r\r") == [b"1", b"2"]


async def test_a_byte_order_mark_hides_no_event() -> None:
    assert await events(b"\xef\xbb\xbfdata: 1\n\n") == [b"1"]


async def test_only_line_ends_end_a_line() -> None:
    """U+2028, U+0085 and their like stand in JSON strings as they are."""
    data = "a\u2028b\u0085c\x0bd\x1ce".encode()

    assert await events(b"data: " + data + b"\n\n") == [data]


async def test_a_line_without_an_end_is_refused() -> None:
    with pytest.raises(UpstreamError):
        await events(b"data: " + b"x" * (sse.LINE_LIMIT_BYTES + 1), b"x")


lines = (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=6)
    .map(str.strip)
    .filter(bool)
    .map(str.encode)
)
said = st.lists(st.lists(lines, min_size=1, max_size=3), max_size=4)


@unhurried
@given(said=said, end=st.sampled_from([b"\n", b"\r\n", b"\r"]), data=st.data())
async def test_it_does_not_matter_where_the_network_cuts(
    said: list[list[bytes]], end: bytes, data: st.DataObject
) -> None:
    raw = b"".join(b"".join(b"data: " + line + end for line in event) + end for event in said)
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=8).map(sorted))
    edges = [0, *cuts, len(raw)]

    parts = [raw[low:high] for low, high in itertools.pairwise(edges)]

    assert await events(*parts) == [b"\n".join(event) for event in said]
