import contextlib

from semcache.types.timings import Timings


def test_spans_stand_in_the_order_of_the_way_in_milliseconds() -> None:
    timings = Timings()
    timings.add("auth", 0.5)
    with timings.span("l1"):
        pass

    assert [name for name, _ in timings.spans] == ["auth", "l1"]
    assert 0 <= timings.spans[1][1] < 1_000


def test_what_fails_took_time_too() -> None:
    timings = Timings()
    with contextlib.suppress(OSError), timings.span("l1"):
        raise OSError

    assert [name for name, _ in timings.spans] == ["l1"]
