"""The web half sends to actors by name, and does not import them; here name and actor meet."""

from typing import get_args

import dramatiq

from semcache import worker
from semcache.flight import queue
from semcache.types.controls import Priority


def actors() -> dict[str, "dramatiq.Actor[..., object]"]:
    assert worker.__name__ == "semcache.worker"  # its import declares them
    broker = dramatiq.get_broker()
    return {name: broker.get_actor(name) for name in broker.get_declared_actors()}


def test_every_priority_has_an_actor_on_its_queue() -> None:
    declared = actors()

    for priority in get_args(Priority):
        assert declared[queue.actor_name(priority)].queue_name == priority


def test_what_is_drawn_has_its_actors_behind_all_that_generate() -> None:
    declared = actors()
    last = declared[queue.actor_name(queue.BACKGROUND)].priority

    for name in (queue.AUDIT, queue.RESCORE):
        assert declared[name].queue_name == queue.BACKGROUND
        assert declared[name].priority > last


def test_the_more_urgent_queue_is_served_first() -> None:
    declared = actors()
    order = [declared[queue.actor_name(p)].priority for p in get_args(Priority)]

    assert get_args(Priority) == ("interactive", "default", "batch", "background")
    assert order == sorted(order)
    assert len(set(order)) == len(order)


def test_a_job_is_never_retried_by_the_queue() -> None:
    """A flight that is lost is begun anew by whoever still waits; nobody else wants its answer."""
    assert all(actor.options["max_retries"] == 0 for actor in actors().values())
