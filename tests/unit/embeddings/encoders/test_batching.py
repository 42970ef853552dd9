import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from embeddings.encoders.batching import Batcher
from embeddings.encoders.hashing import HashingEncoder
from embeddings.errors import EncoderError, EncoderUnavailableError
from embeddings.types import Vectors


class Gate(HashingEncoder):
    """Hashing that waits at a gate, notes what it was given, and fails on the word "fail"."""

    def __init__(self) -> None:
        super().__init__(dimension=16)
        self.open = threading.Event()
        self.entered = threading.Event()
        self.batches: list[list[str]] = []
        self.threads: set[str] = set()

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.threads.add(threading.current_thread().name)
        self.entered.set()
        assert self.open.wait(timeout=10)
        if "fail" in texts:
            raise EncoderError("told to fail")
        if "crash" in texts:
            raise ZeroDivisionError("told to crash")
        return super().encode(texts)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def batcher(gate: Gate) -> AsyncIterator[Batcher]:
    batcher = Batcher(gate, max_batch=4)
    yield batcher
    gate.open.set()
    await batcher.close()


async def start(batcher: Batcher, *texts: str) -> list[asyncio.Task[Vectors]]:
    """Tasks that have all reached the batcher."""
    tasks = [asyncio.create_task(batcher.encode(text)) for text in texts]
    await asyncio.sleep(0)
    return tasks


async def test_everyone_gets_the_vector_of_their_own_text(gate: Gate, batcher: Batcher) -> None:
    gate.open.set()
    texts = [f"question {number}" for number in range(30)]

    vectors = await asyncio.gather(*map(batcher.encode, texts))

    np.testing.assert_array_equal(np.stack(vectors), HashingEncoder(dimension=16).encode(texts))
    assert vectors[0].shape == (16,)


async def test_what_arrives_meanwhile_forms_the_next_batches(gate: Gate, batcher: Batcher) -> None:
    tasks = await start(batcher, "first", "a", "b", "c", "d", "e")
    gate.open.set()
    await asyncio.gather(*tasks)

    assert gate.batches == [["first"], ["a", "b", "c", "d"], ["e"]]
    assert len(gate.threads) == 1
    assert threading.current_thread().name not in gate.threads


async def test_equal_texts_waiting_together_are_encoded_once(gate: Gate, batcher: Batcher) -> None:
    tasks = await start(batcher, "first", *["herd"] * 20)
    gate.open.set()
    vectors = await asyncio.gather(*tasks)

    assert gate.batches == [["first"], ["herd"]]
    vectors[1][:] = 0.0
    assert vectors[2].any(), "each waiter owns its vector"


async def test_a_failed_batch_fails_each_of_its_waiters_and_no_other(
    gate: Gate, batcher: Batcher
) -> None:
    tasks = await start(batcher, "first", "a", "fail", "b", "c", "later")
    gate.open.set()
    first, *failed, later = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(first, np.ndarray)
    assert isinstance(later, np.ndarray)
    assert len(failed) == 4
    assert all(isinstance(error, EncoderError) for error in failed)
    assert len({id(error) for error in failed}) == 1


async def test_an_unexpected_error_arrives_as_an_encoder_error(
    gate: Gate, batcher: Batcher
) -> None:
    gate.open.set()

    with pytest.raises(EncoderError, match="told to crash") as caught:
        await batcher.encode("crash")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert (await batcher.encode("still alive")).shape == (16,)


async def test_a_waiter_who_leaves_does_not_harm_the_others(gate: Gate, batcher: Batcher) -> None:
    running, same, waiting, gone = await start(batcher, "first", "a", "a", "b")
    for task in (running, same, gone):
        task.cancel()
    gate.open.set()

    assert (await waiting).shape == (16,)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert gate.batches == [["first"], ["a"]], "nobody waits for b any more"


async def test_the_event_loop_stays_free_while_the_encoder_works(
    gate: Gate, batcher: Batcher
) -> None:
    (task,) = await start(batcher, "first")
    assert gate.entered.wait(timeout=5)
    before = time.monotonic()
    for _ in range(100):
        await asyncio.sleep(0)

    assert time.monotonic() - before < 1.0
    assert not task.done()


async def test_closing_finishes_what_was_accepted_and_refuses_the_rest(gate: Gate) -> None:
    batcher = Batcher(gate, max_batch=2)
    tasks = await start(batcher, "first", "a", "b", "c")
    closing = asyncio.create_task(batcher.close())
    await asyncio.sleep(0)
    with pytest.raises(EncoderUnavailableError, match="closed"):
        await batcher.encode("too late")
    gate.open.set()
    await closing

    assert all(task.done() or task for task in tasks)
    assert len(await asyncio.gather(*tasks)) == 4
    await batcher.close()


async def test_it_passes_on_who_the_encoder_is(gate: Gate, batcher: Batcher) -> None:
    assert (batcher.name, batcher.dimension) == (gate.name, 16)
