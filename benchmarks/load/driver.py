"""Send a plan: closed loop (as fast as answers come) or open loop (at a rate)."""

import asyncio
from collections import Counter, defaultdict, deque
from time import perf_counter

from benchmarks.load import connection
from benchmarks.load.plan import Plan, Sample


class Driver:
    """Runs one plan once. Connections are opened before the clock starts."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._requests = [_rendered(plan, body.encode()) for body in plan.bodies]
        self._limit = _limit(plan)
        self._claimed = 0
        self._position = 0
        self._open = 0
        self._waiting: deque[float] = deque()
        self._idle: deque[connection.Connection] = deque()
        self._all: list[connection.Connection] = []
        self._statuses: Counter[int] = Counter()
        self._latencies_ms: defaultdict[str, list[float]] = defaultdict(list)
        self._first_token_ms: defaultdict[str, list[float]] = defaultdict(list)
        self._unanswered = 0
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._started_at = 0.0
        self._last_at = 0.0

    async def run(self) -> Sample:
        """Send everything and wait for the answers, at most `timeout_s`."""
        for _ in range(self._plan.connections):
            self._idle.append(await self._connect())
        self._started_at = self._last_at = perf_counter()
        try:
            async with asyncio.timeout(self._plan.timeout_s):
                if self._plan.rate_per_s:
                    await self._keep_rate(self._plan.rate_per_s)
                else:
                    self._fill()
                await self._ended.wait()
        except TimeoutError:
            self._unanswered += self._open + len(self._waiting)
        for one in self._all:
            one.close()
        return Sample(
            latencies_ms=dict(self._latencies_ms),
            first_token_ms=dict(self._first_token_ms),
            statuses=dict(self._statuses),
            unanswered=self._unanswered,
            elapsed_s=self._last_at - self._started_at,
        )

    async def _connect(self) -> connection.Connection:
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(
            lambda: connection.Connection(self._done), self._plan.host, self._plan.port
        )
        self._all.append(made)
        return made

    def _fill(self) -> None:
        """Closed loop: every idle connection sends its first request."""
        for one in list(self._idle):
            if self._claim():
                self._idle.remove(one)
                self._send(one, started_at=perf_counter())

    async def _keep_rate(self, rate_per_s: float) -> None:
        """Open loop: each request is due at its time, whatever became of the ones before it."""
        due_at = self._started_at
        while self._claim(at=due_at):
            await asyncio.sleep(max(0.0, due_at - perf_counter()))
            if self._idle:
                self._send(self._idle.popleft(), started_at=due_at)
            else:
                self._waiting.append(due_at)
            due_at += 1 / rate_per_s
        self._limit = self._claimed
        self._end_if_over()

    def _claim(self, *, at: float | None = None) -> bool:
        """Take the right to send one more request; there is none when the plan is done."""
        if self._over(at=at or perf_counter()):
            return False
        self._claimed += 1
        return True

    def _over(self, *, at: float) -> bool:
        if self._limit is not None and self._claimed >= self._limit:
            return True
        duration_s = self._plan.duration_s
        return duration_s is not None and at - self._started_at >= duration_s

    def _send(self, one: connection.Connection, *, started_at: float) -> None:
        request = self._requests[self._position % len(self._requests)]
        self._position += 1
        self._open += 1
        one.send(request, started_at=started_at)

    def _done(self, one: connection.Connection) -> None:
        """Note the answer, then send what is next on the same connection."""
        self._open -= 1
        self._note(one)
        if one.usable:
            self._next(one)
        else:
            task = asyncio.ensure_future(self._replace())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _note(self, one: connection.Connection) -> None:
        self._last_at = one.answered_at
        if not one.status:
            self._unanswered += 1
            return
        self._statuses[one.status] += 1
        if one.status != 200:
            return
        self._latencies_ms[one.level].append((one.answered_at - one.started_at) * 1000)
        if one.first_token_at:
            waited_ms = (one.first_token_at - one.started_at) * 1000
            self._first_token_ms[one.level].append(waited_ms)

    async def _replace(self) -> None:
        """Open a new connection for one that the server closed."""
        try:
            self._next(await self._connect())
        except OSError:
            self._end_if_over(broken=True)

    def _next(self, one: connection.Connection) -> None:
        if self._waiting:
            self._send(one, started_at=self._waiting.popleft())
        elif not self._plan.rate_per_s and self._claim():
            self._send(one, started_at=perf_counter())
        else:
            self._idle.append(one)
            self._end_if_over()

    def _end_if_over(self, *, broken: bool = False) -> None:
        if self._open or self._waiting:
            return
        if broken or self._over(at=perf_counter()):
            self._ended.set()


def _limit(plan: Plan) -> int | None:
    if plan.requests is not None:
        return plan.requests
    return None if plan.duration_s is not None else len(plan.bodies)


def _rendered(plan: Plan, body: bytes) -> bytes:
    headers = {
        "host": f"{plan.host}:{plan.port}",
        "content-type": "application/json",
        "content-length": str(len(body)),
        **plan.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {plan.path} HTTP/1.1\r\n{lines}\r\n".encode() + body
