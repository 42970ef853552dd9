"""The product's own processes on one machine: web, two workers, scheduler."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core import env, probe
from core.home import CHECKOUT, Home
from core.supervision.program import Program

# What would steer a child behind our back: the servers' and Python's own variables.
FOREIGN = ("GRANIAN_", "UVICORN_", "DRAMATIQ_", "PYTHON", "DJANGO_SETTINGS_MODULE")
LIBPQ = ("PG",)  # likewise, unless the database is the operator's
MANAGE = str(CHECKOUT / "manage.py")
# Below the supervisor's patience, so that each ends its own children in good order.
SHUTDOWN_S = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineup:
    """How the processes are run, for one home and one address."""

    home: Home
    host: str
    port: int
    server: str
    worker_threads: int
    background_threads: int

    @classmethod
    def from_environment(cls, home: Home) -> "Lineup":
        """Read how to run the processes.

        Raises:
            BadSettingError: a variable holds something that cannot be meant.
        """
        return cls(
            home=home,
            host=env.text("HOST", "127.0.0.1"),
            port=env.integer("PORT", 8_000, low=1, high=65_535),
            server=env.choice("SEMCACHE_SERVER", "granian", allowed=("granian", "uvicorn")),
            worker_threads=env.integer("SEMCACHE_WORKER_THREADS", 128, low=1, high=1_024),
            background_threads=env.integer("SEMCACHE_BACKGROUND_THREADS", 4, low=1, high=1_024),
        )

    @property
    def base_url(self) -> str:
        """The address for somebody on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def preparation(self) -> Program:
        """Bring the database up to date and issue the first key; runs to its end."""
        return self._python("prepare", ["-m", "core.preparation"])

    def programs(self) -> list[Program]:
        """Return what runs for as long as the product does."""
        return [self._web(), *self._workers(), self._python("scheduler", [MANAGE, "scheduler"])]

    def _web(self) -> Program:
        address = ["--host", self.host, "--port", str(self.port)]
        served = {
            "granian": [
                *("-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--http", "1"),
                *("--workers", "1", "--workers-kill-timeout", str(SHUTDOWN_S), "--no-access-log"),
            ],
            "uvicorn": [
                *("-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--workers", "1"),
                *("--timeout-graceful-shutdown", str(SHUTDOWN_S), "--no-access-log"),
            ],
        }[self.server]
        program = self._python("web", [*served, *address, "core.asgi:application"])
        return replace(program, answers=lambda: probe.answers(f"{self.base_url}/readyz"))

    def _workers(self) -> list[Program]:
        """Return two, so that a flood of background work finds no interactive thread to take."""
        return [
            self._worker("worker", self.worker_threads, "interactive", "default"),
            self._worker("worker-background", self.background_threads, "batch", "background"),
        ]

    def _worker(self, name: str, threads: int, *queues: str) -> Program:
        counts = ["--processes", "1", "--threads", str(threads)]
        shutdown = ["--worker-shutdown-timeout", str(SHUTDOWN_S * 1_000)]
        place = ["--path", str(CHECKOUT)]
        words = ["-m", "dramatiq", "core.worker", *counts, *shutdown, *place, "--queues", *queues]
        return self._python(name, words)

    def _python(self, name: str, words: Sequence[str]) -> Program:
        return Program(
            name=name,
            command=(sys.executable, *words),
            environment=_environment(self.home),
            log=self.home.logs / f"{name}.log",
        )


def _environment(home: Home) -> Mapping[str, str]:
    """Return our environment without what is foreign, and with what children must agree on.

    The folder stays the caller's, so that a relative path in a variable means what they meant;
    our code is found by PYTHONPATH, and nothing else is found in that folder.
    """
    foreign = FOREIGN if env.secret("DATABASE_URL") else FOREIGN + LIBPQ
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {
        **kept,
        "SEMCACHE_HOME": str(home.path),
        "DJANGO_SETTINGS_MODULE": "core.settings",
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
    }
