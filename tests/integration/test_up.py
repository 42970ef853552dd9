"""`manage.py up` as its user meets it: a real run, a Ctrl-C, a kill, a start after it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from core import ports
from core.home import CHECKOUT, Home

START_S = 90.0  # generous: what is asserted is that it comes up, not how fast the machine is
STOP_S = 20.0


class Up:
    """One `manage.py up`, in a process group of its own as under a terminal."""

    def __init__(self, home: Home, *, port: int, **variables: str) -> None:
        self.home = home
        self.base_url = f"http://127.0.0.1:{port}"
        self.output = home.path.with_suffix(f".{time.monotonic_ns()}.out")
        environment = {
            **{name: value for name, value in os.environ.items() if name not in ELSEWHERE},
            "SEMCACHE_HOME": str(home.path),
            "PORT": str(port),
            **variables,
        }
        with self.output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, str(CHECKOUT / "manage.py"), "up"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self) -> None:
        self._wait(lambda: "Ctrl-C stops everything" in self.said, START_S)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        self._wait(condition, START_S)

    def interrupt(self) -> int:
        """Press Ctrl-C: the signal goes to the whole foreground process group."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(STOP_S)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(STOP_S)

    def _wait(self, condition: Callable[[], bool], timeout_s: float) -> None:
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline_s, self.said
            time.sleep(0.05)


ELSEWHERE = ("DATABASE_URL", "REDIS_URL", "SEMCACHE_PROVIDERS", "SEMCACHE_ENCODER", "HOST")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(path=tmp_path / "home")


@pytest.fixture
def start(home: Home) -> Iterator[Callable[..., Up]]:
    runs: list[Up] = []

    def started(*, port: int | None = None, **variables: str) -> Up:
        runs.append(Up(home, port=port or ports.free(), **variables))
        return runs[-1]

    yield started
    for up in runs:
        if up.process.poll() is None:
            up.process.terminate()
            up.process.wait(STOP_S)
    assert processes_of(home) == []


def test_it_answers_and_ctrl_c_leaves_nothing_behind(home: Home, start: Callable[..., Up]) -> None:
    up = start()
    up.wait_until_ready()
    key = home.dev_key.read_text().strip()
    assert f"{up.base_url}/v1" in up.said
    assert key in up.said
    assert httpx.get(f"{up.base_url}/readyz").status_code == httpx.codes.OK
    models = httpx.get(f"{up.base_url}/v1/models", headers={"Authorization": f"Bearer {key}"})
    assert models.status_code == httpx.codes.OK

    second = start()
    assert second.process.wait(START_S) == 1
    assert f"process {up.process.pid}, {up.base_url}" in second.said

    assert up.interrupt() == 0
    assert processes_of(home) == []
    assert "Traceback" not in up.said


def test_a_killed_run_is_cleared_away_and_what_was_kept_is_found_again(
    home: Home, start: Callable[..., Up]
) -> None:
    first = start()
    first.wait_until_ready()
    key = home.dev_key.read_text()
    first.kill()

    again = start()
    again.wait_until_ready()
    assert home.dev_key.read_text() == key
    headers = {"Authorization": f"Bearer {key.strip()}"}
    assert httpx.get(f"{again.base_url}/v1/models", headers=headers).is_success
    assert again.interrupt() == 0


def test_a_web_process_that_is_killed_comes_back(home: Home, start: Callable[..., Up]) -> None:
    up = start()
    up.wait_until_ready()
    for pid in processes_of(home, "granian"):
        os.kill(pid, signal.SIGKILL)
    up.wait_until(lambda: "web was ended by SIGKILL; starting it again" in up.said)
    up.wait_until(lambda: is_ready(up))
    assert up.interrupt() == 0


def test_ctrl_c_while_starting_leaves_nothing_behind(home: Home, start: Callable[..., Up]) -> None:
    up = start()
    up.wait_until(lambda: "bringing the database up to date" in up.said)
    up.interrupt()
    assert processes_of(home) == []
    assert "Traceback" not in up.said


def test_a_port_in_use_is_named_before_anything_is_started(
    home: Home, start: Callable[..., Up]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        up = start(port=port)
        assert up.process.wait(START_S) == 1
    assert f"PORT={port}" in up.said
    assert "starting" not in up.said
    assert not (home.path / "postgres").exists()


def test_a_setting_that_cannot_work_is_refused_with_its_id(start: Callable[..., Up]) -> None:
    up = start(SEMCACHE_ENCODER="crystal-ball")
    assert up.process.wait(START_S) == 1
    assert "semcache.E005" in up.said


def is_ready(up: Up) -> bool:
    try:
        return httpx.get(f"{up.base_url}/readyz").is_success
    except httpx.TransportError:
        return False


def processes_of(home: Home, word: str = "") -> list[int]:
    """List what runs for this home: it is in the environment, or, Postgres, on the command line."""
    wanted = str(home.path).encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if wanted in command or b"SEMCACHE_HOME=" + wanted + b"\0" in environment + b"\0":
            found += [int(entry.name)] if word.encode() in command else []
    return found
