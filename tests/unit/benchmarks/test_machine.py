from datetime import UTC, datetime

from benchmarks import machine, processes


def test_the_busy_share_is_a_share() -> None:
    assert 0.0 <= machine.busy_share(window_s=0.05) <= 1.0


def test_the_facts_say_when_and_on_what() -> None:
    facts = machine.facts(now=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), busy_before=0.256)

    assert facts["measured_at"] == "2026-01-02T03:04:05+00:00"
    assert facts["busy_before"] == 0.26
    assert isinstance(facts["cores"], int)
    assert facts["cores"] >= 1


def test_the_versions_name_what_takes_part() -> None:
    versions = machine.versions(checkout=processes.CHECKOUT)

    assert {"python", "commit", "Django", "redis"} <= versions.keys()
