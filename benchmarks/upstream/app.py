"""The fake provider's ASGI application: paths, models, and the book of calls."""

from collections.abc import Callable
from typing import Any

from benchmarks.upstream import answers, behaviors, calls, exchange, good
from benchmarks.upstream.pace import Pace

EMBEDDING_MODEL = "fake-embedding"


class App:
    """Plain ASGI; `connections` tells how many sockets the server holds open.

    `POST /say` with `to` and `answer` makes it answer that to every prompt that holds `to`, the
    latest word first, and fail where there is no answer. Else it counts its answers and repeats
    the prompt.
    """

    def __init__(self, *, pace: Pace, connections: Callable[[], int]) -> None:
        self._pace = pace
        self._connections = connections
        self._book = calls.Calls()
        self._told: list[tuple[str, str | None]] = []

    async def __call__(
        self, scope: exchange.Scope, receive: exchange.Receive, send: exchange.Send
    ) -> None:
        request = exchange.Exchange(scope, receive, send)
        method = scope["method"]
        try:
            await request.read()
            await self._dispatch(f"{method} {request.path}", request)
        except exchange.HungUpError:
            self._book.cut_by_client += 1
        finally:
            request.close()

    async def _dispatch(self, target: str, request: exchange.Exchange) -> None:
        if target == "GET /calls":
            open_connections = self._connections() - 1  # without the one that asks
            await request.json({**self._book.snapshot(), "open_connections": open_connections})
        elif target == "POST /reset":
            self._book.reset()
            self._told.clear()
            await request.json({})
        elif target == "POST /say":
            self._told.insert(0, (request.body["to"], request.body.get("answer")))
            await request.json({})
        elif target == "GET /v1/models":
            await request.json(_models())
        elif target == "POST /v1/chat/completions":
            await self._asked(request, self._chat)
        elif target == "POST /v1/embeddings":
            await self._asked(request, self._embed)
        else:
            await request.json(_failure(f"Unknown path: {target}"), status=404)

    async def _asked(
        self, request: exchange.Exchange, answer: Callable[[exchange.Exchange], Any]
    ) -> None:
        """Record the call, then answer it while it counts as open."""
        self._book.record(path=request.path, headers=request.headers, body=request.body)
        if not isinstance(request.body, dict) or not isinstance(request.body.get("model"), str):
            await request.json(_failure("The body is no JSON object with a model."), status=400)
            return
        stream = int(request.wants_stream)
        self._book.open_requests += 1
        self._book.open_streams += stream
        try:
            await answer(request)
        finally:
            self._book.open_requests -= 1
            self._book.open_streams -= stream

    async def _chat(self, request: exchange.Exchange) -> None:
        """Act as the model; a name that does not begin with `fake-` is a good one."""
        model = request.body["model"]
        behavior = behaviors.BEHAVIORS.get(model)
        if behavior is None and model.startswith("fake-"):
            await request.json(_failure(f"The model `{model}` does not exist."), status=404)
            return
        asked = answers.last_user_text(request.body)
        told = next((answer for part, answer in self._told if part in asked), "")
        if told is None:
            behavior = behaviors.BEHAVIORS["fake-500"]
        answer = self._generate(request.body, told)
        await (behavior or good.plain)(request, answer, self._pace)

    async def _embed(self, request: exchange.Exchange) -> None:
        await request.pause(self._pace.delay_s)
        await request.json(answers.embeddings(request.body, dimensions=self._pace.dimensions))

    def _generate(self, body: dict[str, Any], told: str | None) -> answers.Answer:
        number = self._book.next_generation()
        text = told or f"Answer {number} to: {answers.last_user_text(body)}"
        return answers.Answer(
            number=number,
            model=body["model"],
            pieces=answers.slices(text, count=self._pace.tokens),
            prompt_tokens=answers.prompt_tokens(body),
            choices=max(1, int(body.get("n") or 1)),
        )


def _models() -> dict[str, Any]:
    names = [*behaviors.BEHAVIORS, EMBEDDING_MODEL]
    data = [
        {"id": name, "object": "model", "created": answers.CREATED_AT_S, "owned_by": "fake"}
        for name in names
    ]
    return {"object": "list", "data": data}


def _failure(message: str) -> dict[str, Any]:
    return answers.error(message, kind="invalid_request_error", code=None)
