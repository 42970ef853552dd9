"""Run the bare application over given answers, on the product's kind of server."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from redis import Redis

from benchmarks import processes
from benchmarks.bare import app
from benchmarks.errors import CannotRunError

KINDS = ("granian", "uvicorn")
KEPT_S = 3600


@contextmanager
def running(kind: str, *, redis_url: str, answers: dict[str, bytes]) -> Iterator[int]:
    """Run the bare application over the same answers; yield its port."""
    with Redis.from_url(redis_url) as redis:
        for body, answer in answers.items():
            redis.set(app.key(body.encode()), answer, ex=KEPT_S)
    port = processes.free_port()
    environment = {**os.environ, app.REDIS_URL: redis_url}
    command = _command(kind, port=port)
    with subprocess.Popen(command, cwd=processes.CHECKOUT, env=environment) as process:
        try:
            _wait_listening(port, process=process)
            yield port
        finally:
            process.terminate()
            processes.end(process, grace_s=10)


def _wait_listening(port: int, *, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise CannotRunError(f"the bare application ended with {process.returncode}")
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise CannotRunError("the bare application did not listen within 30 s")


def _command(kind: str, *, port: int) -> list[str]:
    """Serve it with one worker and the options of the product's web process."""
    address = ["--host", "127.0.0.1", "--port", str(port)]
    served = {
        "granian": ["--interface", "asgi", "--http", "1", "--log-level", "warning"],
        "uvicorn": ["--http", "httptools", "--log-level", "warning"],
    }[kind]
    common = ["--factory", "--loop", "uvloop", "--workers", "1", "--no-access-log"]
    return [sys.executable, "-m", kind, *served, *common, *address, "benchmarks.bare.app:create"]
