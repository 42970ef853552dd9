"""flight/claim.py on a real Valkey: one leader a key, and a fence that stops a late writer."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import redis.asyncio as redis

from semcache.errors import CacheFaultError, FlightAbandonedError, FlightLostError
from semcache.flight import stream
from semcache.flight.claim import Claims
from semcache.flight.stream import Tails
from semcache.levels.pipe import Pipe
from semcache.types.answer import Answer
from semcache.types.flight import Chunk, Done, Event, Failed, Job, Ticket
from semcache.types.outcome import Source
from semcache.types.usage import Usage
from tests import servers

LEASE_S, ABANDON_S = 0.4, 0.3


@pytest.fixture
async def client(stores: servers.Stores) -> AsyncIterator["redis.Redis"]:
    async with redis.Redis.from_url(stores.valkey.url) as made:
        yield made


@pytest.fixture
def prefix() -> str:
    return f"t{secrets.token_hex(4)}"


@pytest.fixture
async def claims(stores: servers.Stores, prefix: str) -> AsyncIterator[Claims]:
    pipe = Pipe(url=stores.valkey.url)
    yield Claims(redis=pipe, prefix=prefix, lease_s=LEASE_S, abandon_after_s=ABANDON_S)
    pipe.close()
    await asyncio.sleep(0)  # lets the transport close


def job(**changes: object) -> Job:
    values: dict[str, object] = {
        "endpoint": "chat",
        "tenant_id": 1,
        "salt": b"s" * 32,
        "namespace": "",
        "model": "fake",
        "body": {"messages": [], "seed": 2**63, "x": {"y": [None, 1.5, "é"]}},
        "fingerprints": [b"f" * 32],
        "request_id": "r",
        "source": Source.MISS,
        "priority": "interactive",
        "enqueued_at": 1.0,
        "deadline_at": 2.0,
        "store": True,
        "ttl_s": 60,
        "keep_stale_s": 0,
        "keep_truncated": False,
        "tags": [],
        **changes,
    }
    return Job(**values)  # type: ignore[arg-type]


def chunk(number: int) -> Chunk:
    return Chunk(data=b'{"choices":[{"index":0,"delta":{"content":"%d"}}]}' % number)


def done() -> Done:
    answer = Answer(
        entry_id=1,
        handle="ent_" + "0" * 20,
        body=b"{}",
        created_at=1.0,
        expires_at=2.0,
        cost_usd=None,
        usage=Usage(),
    )
    return Done(answer=answer, stored=True, timings=[("upstream", 1.0)])


async def take(claims: Claims, wanted: Job | None = None, *, key: str = "k") -> Ticket:
    ticket = await claims.take(key, wanted or job(), keep_job_s=5)
    assert ticket is not None
    return ticket


async def expire(claims: Claims, ticket: Ticket) -> None:
    """Wait until a claim that nobody renews has run out."""
    async with asyncio.timeout(5):
        while True:
            try:
                await claims.append(ticket, [], keep_s=1)
            except FlightLostError:
                return
            await asyncio.sleep(0.02)


async def test_one_leads_and_the_others_follow(claims: Claims) -> None:
    tickets = await asyncio.gather(*(take(claims) for _ in range(30)))
    assert sum(ticket.leader for ticket in tickets) == 1
    assert len({ticket.token for ticket in tickets}) == 1
    assert (await take(claims, key="other")).leader


async def test_there_is_nothing_to_fly_for_where_the_answer_has_come(
    claims: Claims, client: "redis.Redis", prefix: str
) -> None:
    key = f"{prefix}:{{k}}:x".encode()
    await client.set(key, b"an answer", px=5_000)
    assert await claims.take("k", job(), keep_job_s=5, unless=key) is None
    await client.delete(key)
    ticket = await claims.take("k", job(), keep_job_s=5, unless=key)
    assert ticket is not None
    assert ticket.leader


async def test_tokens_grow_from_flight_to_flight(claims: Claims) -> None:
    tokens = []
    for _ in range(50):
        ticket = await take(claims)
        assert ticket.leader
        tokens.append(ticket.token)
        await claims.finish(ticket, [stream.pack(done())])
    assert tokens == sorted(set(tokens))


async def test_tokens_grow_even_where_the_clock_stands_back(
    claims: Claims, client: "redis.Redis", prefix: str
) -> None:
    ahead = int((time.time() + 3600) * 1e6)
    await client.set(f"{prefix}:{{k}}:fence", ahead)
    first = await take(claims)
    assert first.token == ahead + 1
    await claims.finish(first, [stream.pack(done())])
    assert (await take(claims)).token == ahead + 2


async def test_a_job_is_begun_once_and_comes_as_it_was(claims: Claims) -> None:
    ticket = await take(claims)
    begun = await asyncio.gather(*(claims.begin("k", ticket.token, run_s=5) for _ in range(10)))
    assert [found for found in begun if found is not None] == [job()]


async def test_an_old_token_begins_nothing(claims: Claims) -> None:
    old = await take(claims)
    await expire(claims, old)
    assert await claims.begin("k", old.token, run_s=5) is None
    new = await take(claims, job(model="new"))
    assert await claims.begin("k", old.token, run_s=5) is None
    begun = await claims.begin("k", new.token, run_s=5)
    assert begun is not None
    assert begun.model == "new"


async def test_a_late_writer_is_refused(claims: Claims) -> None:
    late = await take(claims)
    await expire(claims, late)
    current = await take(claims)
    assert current.leader
    assert current.token > late.token
    for write in (
        claims.append(late, [b"x"], keep_s=5),
        claims.finish(late, [b"x"]),
    ):
        with pytest.raises(FlightLostError):
            await write
    await claims.append(current, [stream.pack(chunk(1))], keep_s=5)


async def test_a_finished_flight_leaves_its_log_only(
    claims: Claims, client: "redis.Redis", prefix: str
) -> None:
    ticket = await take(claims)
    await claims.begin("k", ticket.token, run_s=5)
    await claims.attend(ticket, reader="r")
    await claims.finish(ticket, [stream.pack(done())])
    left = {name.decode() async for name in client.scan_iter(f"{prefix}:*")}
    assert left == {f"{prefix}:{{k}}:fence", f"{prefix}:{{k}}:log:{ticket.token}"}
    for name in left:
        assert await client.ttl(name) > 0, f"{name} would stay for ever"


async def test_everything_about_a_flight_expires_by_itself(
    claims: Claims, client: "redis.Redis", prefix: str
) -> None:
    ticket = await take(claims)
    await claims.begin("k", ticket.token, run_s=5)
    await claims.attend(ticket, reader="r")
    await claims.append(ticket, [stream.pack(chunk(1))], keep_s=5)
    names = [name async for name in client.scan_iter(f"{prefix}:*")]
    assert len(names) == 6
    for name in names:
        assert await client.pttl(name) > 0, f"{name!r} would stay for ever"


async def test_readers_keep_a_waiting_claim_and_the_worker_a_running_one(claims: Claims) -> None:
    ticket = await take(claims)
    for _ in range(4):
        await asyncio.sleep(LEASE_S / 2)
        assert await claims.attend(ticket, reader="r")
    await claims.begin("k", ticket.token, run_s=5)
    async with asyncio.timeout(5):
        while await claims.attend(ticket, reader="r"):  # noqa: ASYNC110 - a lease runs out
            await asyncio.sleep(0.02)


async def test_a_holder_keeps_its_claim_for_as_long_as_somebody_reads(claims: Claims) -> None:
    ticket = await take(claims)
    await claims.begin("k", ticket.token, run_s=5)
    async with claims.hold(ticket):
        for _ in range(12):
            await asyncio.sleep(LEASE_S / 4)
            assert await claims.attend(ticket, reader="r")
    await claims.finish(ticket, [stream.pack(done())])


async def test_a_holder_whom_nobody_reads_is_stopped(claims: Claims) -> None:
    ticket = await take(claims)
    await claims.begin("k", ticket.token, run_s=5)
    await claims.attend(ticket, reader="r")
    await claims.leave(ticket, reader="r")
    with pytest.raises(FlightAbandonedError):
        async with asyncio.timeout(5), claims.hold(ticket):
            await asyncio.sleep(60)
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]


async def test_a_holder_whose_claim_passed_on_is_stopped(
    claims: Claims, client: "redis.Redis", prefix: str
) -> None:
    ticket = await take(claims)

    async def held() -> None:
        async with asyncio.timeout(5), claims.hold(ticket):
            await client.delete(f"{prefix}:{{k}}:claim")
            await asyncio.sleep(60)

    with pytest.raises(FlightLostError):
        await held()


async def test_a_holder_that_is_cancelled_from_outside_is_cancelled(claims: Claims) -> None:
    ticket = await take(claims)

    async def held() -> None:
        async with claims.hold(ticket):
            await asyncio.sleep(60)

    task = asyncio.create_task(held())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.fixture
async def dial(stores: servers.Stores) -> AsyncIterator[Callable[[], Pipe]]:
    dialed: list[Pipe] = []

    def one() -> Pipe:
        dialed.append(Pipe(url=stores.valkey.url, timeout_s=5))
        return dialed[-1]

    yield one
    for pipe in dialed:
        pipe.close()
    await asyncio.sleep(0)  # the loop closes what was aborted


async def test_readers_see_every_event_whenever_they_come(
    claims: Claims, dial: Callable[[], Pipe]
) -> None:
    tails = Tails(claims=claims, dial=dial)
    ticket = await take(claims)
    seats = [tails.join(ticket)]
    readers = [asyncio.create_task(_read(seats[0]))]
    for number in range(20):
        await claims.append(ticket, [stream.pack(chunk(number))], keep_s=5)
        seats.append(tails.join(ticket))
        readers.append(asyncio.create_task(_read(seats[-1])))
    await claims.finish(ticket, [stream.pack(done())])
    seats.append(tails.join(ticket))
    readers.append(asyncio.create_task(_read(seats[-1])))
    expected = [*(chunk(number) for number in range(20)), done()]
    assert await asyncio.gather(*readers) == [expected] * 22
    for seat in seats:
        seat.leave()
        seat.leave()
    assert tails.open == 0


async def test_a_reader_of_a_lost_flight_is_told(claims: Claims, dial: Callable[[], Pipe]) -> None:
    tails = Tails(claims=claims, dial=dial)
    ticket = await take(claims)
    await claims.begin("k", ticket.token, run_s=5)
    await claims.append(ticket, [stream.pack(chunk(1))], keep_s=5)
    seat = tails.join(ticket)
    seen = []

    async def read() -> None:
        async with asyncio.timeout(10):
            async for event in seat.events():
                seen.append(event)  # noqa: PERF401 - what came before the loss counts

    with pytest.raises(FlightLostError):
        await read()
    seat.leave()
    assert seen == [chunk(1)]


async def test_a_failure_ends_the_events(claims: Claims, dial: Callable[[], Pipe]) -> None:
    tails = Tails(claims=claims, dial=dial)
    ticket = await take(claims)
    failed = Failed(error="UpstreamError", message="no", retry_after_s=1.5)
    await claims.finish(ticket, [stream.pack(failed)])
    seat = tails.join(ticket)
    assert await _read(seat) == [failed]
    seat.leave()


async def test_the_last_reader_to_leave_says_so(
    claims: Claims, client: "redis.Redis", dial: Callable[[], Pipe], prefix: str
) -> None:
    tails = Tails(claims=claims, dial=dial)
    ticket = await take(claims)
    seats = [tails.join(ticket) for _ in range(2)]
    name = f"{prefix}:{{k}}:readers:{ticket.token}"

    async def readers(count: int) -> None:
        async with asyncio.timeout(5):
            while await client.zcard(name) != count:  # noqa: ASYNC110 - it does not tell
                await asyncio.sleep(0.01)

    await readers(1)
    seats[0].leave()
    await asyncio.sleep(0.05)
    await readers(1)
    seats[1].leave()
    await readers(0)


async def test_a_redis_that_is_away_is_a_fault_of_the_cache() -> None:
    pipe = Pipe(url="unix:///nowhere")
    for act in _acts(Claims(redis=pipe, prefix="t", lease_s=1, abandon_after_s=1)):
        with pytest.raises(CacheFaultError):
            await act()


def _acts(claims: Claims) -> list[Callable[[], Awaitable[object]]]:
    ticket = Ticket(key="k", token=1, leader=True)
    return [
        lambda: claims.take("k", job(), keep_job_s=1),
        lambda: claims.begin("k", 1, run_s=1),
        lambda: claims.attend(ticket, reader="r"),
        lambda: claims.leave(ticket, reader="r"),
        lambda: claims.append(ticket, [], keep_s=1),
        lambda: claims.finish(ticket, [b""]),
    ]


async def _read(seat: stream.Seat) -> list[Event]:
    return [event async for event in seat.events()]
