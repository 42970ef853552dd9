import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from embeddings.encoders.base import Encoder
from embeddings.errors import EncoderError, EncoderUnavailableError
from embeddings.types import Vectors

_Waiters = dict[str, list[asyncio.Future[Vectors]]]


class Batcher:
    """The async front of an encoder, which runs in one thread of its own.

    A text that finds the thread idle is encoded at once; those that arrive while it is busy form
    the next batch, so that load makes batches and nobody waits for a timer. Equal texts of one
    batch are encoded once. Belongs to the event loop that uses it first.
    """

    def __init__(self, encoder: Encoder, *, max_batch: int = 32) -> None:
        self._encoder = encoder
        self._max_batch = max_batch
        self._waiting: _Waiters = {}
        self._running: asyncio.Future[Vectors] | None = None
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoder")
        self._closed = False

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    async def encode(self, text: str) -> Vectors:
        """Answer the text's `(d,)` float32 vector, L2-normalised.

        Raises:
            EncoderUnavailableError: The batcher is closed.
            EncoderError: The batch that held the text failed; each of its waiters gets this error.
        """
        if self._closed:
            raise EncoderUnavailableError("the encoder is closed")
        future: asyncio.Future[Vectors] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(text, []).append(future)
        self._start()
        return await future

    async def close(self) -> None:
        """Refuse new texts, finish those already accepted, and let the thread go."""
        self._closed = True
        while self._running is not None:
            await asyncio.wait({self._running})
        self._executor.shutdown(wait=False)

    def _start(self) -> None:
        """Hand the next batch to the thread, unless it is busy or nobody waits."""
        if self._running is not None:
            return
        batch = self._take()
        if not batch:
            return
        self._running = asyncio.get_running_loop().run_in_executor(
            self._executor, self._encode, list(batch)
        )
        self._running.add_done_callback(lambda done: self._settle(batch, done))

    def _take(self) -> _Waiters:
        """Take up to `max_batch` texts, in order of arrival, that someone still waits for."""
        batch: _Waiters = {}
        while self._waiting and len(batch) < self._max_batch:
            text = next(iter(self._waiting))
            waiters = self._waiting.pop(text)
            if not all(waiter.done() for waiter in waiters):
                batch[text] = waiters
        return batch

    def _encode(self, texts: Sequence[str]) -> Vectors:
        """Run in the thread; whatever goes wrong becomes an EncoderError."""
        try:
            rows = self._encoder.encode(texts)
        except EncoderError:
            raise
        except Exception as error:
            raise EncoderError(f"{self._encoder.name} failed: {error}") from error
        if rows.shape != (len(texts), self._encoder.dimension):
            raise EncoderError(f"{self._encoder.name} answered shape {rows.shape}")
        return rows

    def _settle(self, batch: _Waiters, done: asyncio.Future[Vectors]) -> None:
        """Give every waiter its row or the batch's error, then start the next batch."""
        self._running = None
        error = done.exception()
        for place, waiters in enumerate(batch.values()):
            for waiter in waiters:
                if waiter.done():  # cancelled meanwhile
                    continue
                if error is not None:
                    waiter.set_exception(error)
                else:
                    waiter.set_result(done.result()[place].copy())
        self._start()
