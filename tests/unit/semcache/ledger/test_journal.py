"""The journal's buffer: what it keeps when there is more than it can write."""

from typing import Any

import psycopg
import psycopg_pool
import pytest

from semcache.ledger.journal import Journal
from semcache.types.explained import Explained
from semcache.types.outcome import Source

LIMIT, A_SECOND = 5, 3


def explained(number: int, *, source: Source = Source.MISS, at: float = 100.0) -> Explained:
    return Explained(
        tenant_id=1,
        request_id=f"r{number}",
        at=at,
        model="m",
        namespace="",
        source=source,
        category="factual",
    )


class Pages(Journal):
    """A journal whose Postgres is a list; `away` makes it fail."""

    def __init__(self, **options: Any) -> None:
        pool = psycopg_pool.AsyncConnectionPool("", min_size=0, max_size=1, open=False)
        super().__init__(pool=pool, features=(), limit=LIMIT, exact_per_s=A_SECOND, **options)
        self.written: list[str] = []
        self.away: BaseException | None = None

    async def _write(self, batch: list[Explained]) -> None:
        if self.away:
            raise self.away
        self.written += [one.request_id for one in batch]


@pytest.fixture
async def journal() -> Pages:
    return Pages()


async def test_what_was_noted_is_written_once(journal: Pages) -> None:
    for number in range(3):
        journal.note(explained(number))
    await journal.flush()
    await journal.flush()

    assert journal.written == ["r0", "r1", "r2"]


async def test_beyond_its_limit_the_newest_decisions_stay_and_the_rest_is_counted(
    journal: Pages,
) -> None:
    for number in range(LIMIT + 2):
        journal.note(explained(number))
    await journal.flush()

    assert journal.written == ["r2", "r3", "r4", "r5", "r6"]
    assert journal.dropped == 2


async def test_exact_hits_give_way_to_decisions(journal: Pages) -> None:
    for number in range(2):
        journal.note(explained(number, source=Source.EXACT))
    for number in range(2, LIMIT + 1):
        journal.note(explained(number, source=Source.SEMANTIC))
    await journal.flush()

    assert sorted(journal.written) == ["r1", "r2", "r3", "r4", "r5"]
    assert journal.dropped == 1


async def test_an_exact_hit_pushes_no_decision_out(journal: Pages) -> None:
    for number in range(LIMIT):
        journal.note(explained(number))
    journal.note(explained(LIMIT, source=Source.EXACT))
    await journal.flush()

    assert journal.written == ["r0", "r1", "r2", "r3", "r4"]


async def test_of_exact_hits_so_many_a_second_are_kept(journal: Pages) -> None:
    for number in range(A_SECOND + 1):
        assert journal.has_room(now=100.5) is (number < A_SECOND)
        journal.note(explained(number, source=Source.EXACT, at=100.5))
    assert journal.has_room(now=101.0)
    journal.note(explained(9, source=Source.EXACT, at=101.0))
    await journal.flush()

    assert journal.written == ["r0", "r1", "r2", "r9"]
    assert journal.dropped == 0


async def test_observers_hear_of_every_request_kept_or_not() -> None:
    heard: list[str] = []
    journal = Pages(observers=(lambda one: heard.append(one.request_id),))
    for number in range(A_SECOND + 2):
        journal.note(explained(number, source=Source.EXACT))

    assert heard == ["r0", "r1", "r2", "r3", "r4"]


@pytest.mark.parametrize(
    "fault", [psycopg_pool.PoolTimeout("away"), OSError("away")], ids=["PoolTimeout", "OSError"]
)
async def test_what_postgres_did_not_take_is_tried_again_in_order(
    journal: Pages, fault: Exception
) -> None:
    for number in range(2):
        journal.note(explained(number))
    journal.away = fault
    await journal.flush()
    journal.note(explained(2))
    journal.away = None
    await journal.flush()

    assert journal.written == ["r0", "r1", "r2"]
    assert journal.dropped == 0


async def test_while_postgres_is_away_no_more_waits_than_the_limit(journal: Pages) -> None:
    journal.away = OSError("away")
    for number in range(LIMIT * 3):
        journal.note(explained(number))
        await journal.flush()

    assert len(journal) == LIMIT
    assert journal.dropped == LIMIT * 2


@pytest.mark.parametrize("fault", [psycopg.DataError("no text"), TypeError("no JSON")])
async def test_what_can_never_be_written_does_not_stop_the_rest(
    journal: Pages, fault: Exception
) -> None:
    journal.note(explained(0))
    journal.away = fault
    await journal.flush()
    journal.away = None
    journal.note(explained(1))
    await journal.flush()

    assert journal.written == ["r1"]
    assert journal.dropped == 1


async def test_a_write_that_is_broken_off_loses_nothing(journal: Pages) -> None:
    journal.note(explained(0))
    journal.away = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        await journal.flush()
    journal.away = None
    await journal.flush()

    assert journal.written == ["r0"]
