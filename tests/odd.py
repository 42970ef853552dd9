"""A provider with odd manners: what a server on the net does that no well-made fake would."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """What is sent, then a clean end."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = {}


def chunk(text: str | None = None, *, index: int = 0, end: str | None = None, **more: Any) -> Any:
    delta = {} if text is None else {"content": text}
    choices = [{"index": index, "delta": delta, "finish_reason": end}]
    return {"id": "odd", "object": "chat.completion.chunk", "choices": choices, **more}


def events(*chunks: Any, done: bool = True) -> bytes:
    said = [*map(json.dumps, chunks), *(["[DONE]"] if done else [])]
    return b"".join(f"data: {text}\n\n".encode() for text in said)


WHOLE = events(chunk("Hello"), chunk(" you"), chunk(end="stop"))
HUGE = {"prompt_tokens": 2**40, "completion_tokens": -7, "total_tokens": "many"}

ANSWERS: dict[str, Answer] = {
    "odd-clean-cut": Answer(events(chunk("Hello"), chunk(" yo"), done=False)),
    "odd-cut-and-done": Answer(events(chunk("Hello"), chunk(" yo"))),
    "odd-one-of-two": Answer(events(chunk("Hello"), chunk(end="stop"))),
    "odd-redirect": Answer(b"", 302, {"Location": "http://127.0.0.1:1/"}),
    "odd-html-404": Answer(b"<html>Not Found</html>", 404, {"Content-Type": "text/html"}),
    "odd-html-403": Answer(b"<html>Forbidden</html>", 403, {"Content-Type": "text/html"}),
    "odd-surrogate": Answer(b'{"error": {"message": "\\ud800", "code": "\\ud800"}}', 400),
    "odd-deep-error": Answer(b"[" * 60_000, 400),
    "odd-array": Answer(b"[]", 200, {"Content-Type": "application/json"}),
    "odd-no-choices": Answer(b'{"id": "x"}', 200, {"Content-Type": "application/json"}),
    "odd-misshapen": Answer(events({"choices": [7]})),
    "odd-choice": Answer(events({"choices": [{"index": "one", "delta": "Hello"}]})),
    "odd-endless-line": Answer(b'data: {"x": "' + b"x" * (17 * 2**20)),
    "odd-no-done": Answer(events(chunk("Hello"), chunk(" you"), chunk(end="stop"), done=False)),
    "odd-crlf": Answer(
        b": a comment\r\n\r\nevent: message\r\nid: 7\r\n"
        + WHOLE.replace(b"\n", b"\r\n").replace(b"data: ", b"data:")
    ),
    "odd-gzip": Answer(gzip.compress(WHOLE), 200, {"Content-Encoding": "gzip"}),
    "odd-usage": Answer(events(chunk("Hello you"), chunk(end="stop"), chunk(usage=HUGE))),
    "odd-null-byte": Answer(events(chunk("Hello\x00you"), chunk(end="stop"))),
    "odd-null-delta": Answer(
        events(
            {"choices": [{"index": 0, "delta": None, "finish_reason": None}]},
            {"choices": None, "id": "odd"} | {"choices": []},
            chunk("Hello you"),
            chunk(end="stop"),
        )
    ),
}


@contextmanager
def running() -> Iterator[str]:
    """Serve; gives the base URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = ANSWERS[asked["model"]]
        self.send_response(answer.status)
        named = {"Content-Type": "text/event-stream", "Content-Length": str(len(answer.body))}
        for name, value in (named | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        pass
