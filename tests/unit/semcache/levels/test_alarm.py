"""The alarm seldom sounds while the bound is kept, and soon where it is not."""

import random
from statistics import median

import pytest

from semcache.levels.verify import alarm
from semcache.levels.verify.alarm import Evidence

BOUND = 0.05


def heard(dice: random.Random, *, rate: float, labels: int, before: Evidence | None = None) -> int:
    """After how many labels the alarm sounds; 0 where it does not."""
    evidence = before or Evidence()
    for count in range(1, labels + 1):
        evidence = evidence.after(wrong=dice.random() < rate, max_error=BOUND)
        if evidence.sounds:
            return count
    return 0


def test_a_kept_bound_seldom_raises_the_alarm_however_often_one_looks() -> None:
    dice = random.Random(1)
    labels, alarms = 0, 0
    for _ in range(100):
        sounded = heard(dice, rate=BOUND, labels=2_000)
        labels += sounded or 2_000
        alarms += bool(sounded)

    assert labels / max(alarms, 1) >= 1.0 / (alarm.ALPHA * alarm.RENEWAL)


def test_a_broken_bound_raises_it_soon_also_after_a_good_past() -> None:
    dice = random.Random(2)
    delays = []
    for _ in range(50):
        evidence = Evidence()
        for _ in range(1_000):
            evidence = evidence.after(wrong=dice.random() < BOUND / 2, max_error=BOUND)
        delays.append(heard(dice, rate=5 * BOUND, labels=400, before=evidence))

    assert all(delays), "it was heard each time"
    assert median(delays) < 100


def test_the_stakes_do_not_grow_on_average() -> None:
    """A label adds the stake that is placed anew, and on average nothing more: the test is fair."""
    dice = random.Random(3)
    evidence = Evidence()
    for _ in range(200):
        right = evidence.after(wrong=False, max_error=BOUND)
        wrong = evidence.after(wrong=True, max_error=BOUND)
        grown = BOUND * wrong.value + (1 - BOUND) * right.value - evidence.value
        assert -1e-9 <= grown <= alarm.RENEWAL
        evidence = wrong if dice.random() < BOUND else right


def test_a_bound_of_everything_cannot_be_broken() -> None:
    evidence = Evidence()
    for _ in range(2_000):
        evidence = evidence.after(wrong=True, max_error=1.0)

    assert not evidence.sounds


def test_evidence_is_read_as_it_was_written() -> None:
    evidence = Evidence().after(wrong=True, max_error=0.01).after(wrong=False, max_error=0.005)

    assert alarm.read(evidence.said()) == evidence
    assert evidence.bound == 0.01
    assert alarm.read({}) == Evidence()
    assert alarm.read({"seen": 3, "stakes": [1.0], "bound": 0.1}) == Evidence()


@pytest.mark.parametrize(
    ("threshold", "wrong", "floor"),
    [(0.9, [], 0.95), (0.9, [0.91, 0.92], 0.95), (0.9, [0.98], 0.982), (0.0, [0.2], 0.5)],
)
def test_the_floor_refuses_what_was_wrong_and_is_a_step_up(
    threshold: float, wrong: list[float], floor: float
) -> None:
    assert alarm.floor(threshold, wrong) == pytest.approx(floor)
