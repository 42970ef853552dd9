"""The vCache rule trusts an entry only for what was seen of it."""

import math
import random

import pytest

from semcache.levels.verify import vcache
from semcache.types.decision import Candidate

Seen = list[tuple[float, bool]]


def seen(count: int) -> Seen:
    """Right from 0.90 up, wrong below; as many of either."""
    right = [(0.90 + 0.1 * place / count, True) for place in range(count)]
    return right + [(0.70 + 0.1 * place / count, False) for place in range(count)]


def explore(similarity: float, observations: Seen, *, max_error: float = 0.05) -> float:
    return vcache.exploration(similarity, observations, max_error=max_error)


@pytest.mark.parametrize("observations", [[], [(0.9, False)], [(0.8, False), (0.99, False)]])
def test_an_entry_that_was_never_right_is_always_explored(observations: Seen) -> None:
    assert explore(1.0, observations) == 1.0


def test_below_what_was_seen_nothing_is_served() -> None:
    assert explore(0.6999, seen(100)) == 1.0
    assert explore(0.95, [(0.96, True)] * 100) == 1.0


def test_the_more_was_right_the_less_is_explored() -> None:
    chances = [explore(0.99, seen(count)) for count in (5, 20, 80, 320)]

    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.5
    assert chances[-1] == 0.0


def test_among_the_wrong_ones_all_is_explored() -> None:
    assert explore(0.72, seen(100)) > 0.9


def test_the_nearer_the_less_is_explored() -> None:
    chances = [explore(place / 100, seen(60)) for place in range(70, 101, 3)]

    assert chances == sorted(chances, reverse=True)


def test_a_tighter_bound_explores_more() -> None:
    chances = [explore(0.97, seen(40), max_error=e) for e in (0.2, 0.1, 0.05, 0.02, 0.01, 0.0)]

    assert chances == sorted(chances)
    assert chances[-1] == 1.0


def test_an_entry_that_is_wrong_where_it_is_near_is_not_trusted() -> None:
    turned = [(similarity, not right) for similarity, right in seen(50)]

    assert explore(0.99, turned) == 1.0


def test_the_order_of_observations_does_not_matter() -> None:
    mixed = seen(30)
    random.Random(1).shuffle(mixed)

    assert explore(0.95, mixed) == explore(0.95, seen(30))


def test_small_errors_can_be_certified_given_enough_observations() -> None:
    # With a uniform grid of ε the best α is capped, and 1 % is never reached.
    assert explore(0.99, seen(2_000), max_error=0.01) < 0.05
    assert min(vcache.GRID) <= 1e-3
    steps = {
        round(math.log10(b / a), 6) for a, b in zip(vcache.GRID, vcache.GRID[1:], strict=False)
    }
    assert len(steps) == 1


def test_the_error_stays_within_the_bound_on_a_simulated_entry() -> None:
    """Asks 40 entries 150 times each: right above 0.85 more often than below."""
    dice, max_error, wrong, asked = random.Random(3), 0.1, 0, 0
    for _ in range(40):
        observations: Seen = []
        for _ in range(150):
            similarity = dice.uniform(0.7, 1.0)
            right = dice.random() < 1.0 / (1.0 + math.exp(-40.0 * (similarity - 0.85)))
            asked += 1
            if dice.random() >= explore(similarity, observations, max_error=max_error):
                wrong += not right
            else:
                observations.append((similarity, right))

    assert 0 < wrong / asked <= max_error


def test_a_candidate_is_explored_by_its_own_observations() -> None:
    known = Candidate(entry_id=1, text="", similarity=0.99, observations=tuple(seen(320)))
    new = Candidate(entry_id=2, text="", similarity=0.99)

    assert vcache.explore(known, max_error=0.05) == explore(0.99, seen(320))
    assert vcache.explore(new, max_error=0.05) == 1.0
