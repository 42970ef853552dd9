"""What an embedded service is: a server that this machine runs for us."""

import os
import secrets
import time
from abc import ABC, abstractmethod
from typing import ClassVar

from core.home import Home
from core.supervision import log
from core.supervision.child import Child
from core.supervision.errors import StartError
from core.supervision.program import Program


class Service(ABC):
    """A server under a home.

    The supervisor takes its `program`; whoever wants a single server, a test for instance, calls
    `start` and `stop`. Call `start` from the main thread (see `core.supervision.child`).
    """

    name: ClassVar[str]

    def __init__(self, *, home: Home) -> None:
        self._home = home
        self._child: Child | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it answers, known before it is started."""

    @abstractmethod
    def program(self) -> Program:
        """Prepare what the server needs on disk and say how it is run."""

    @abstractmethod
    def answers(self) -> bool:
        """Tell whether it serves requests now."""

    def start(self, *, timeout_s: float = 60.0) -> None:
        """Start the server and return when it answers.

        Raises:
            StartError: it ended, or does not answer in time.
        """
        program = self.program()
        log.rotate(program.log)
        self._child = Child(program, mark=secrets.token_hex(8))
        self._child.start()
        deadline_s = time.monotonic() + timeout_s
        while not self.answers():
            if self._child.has_ended() or time.monotonic() > deadline_s:
                self.stop()
                how = f"{self.name} does not answer: it {self._child.how_it_ended}."
                raise StartError(how, log=program.log, excerpt=log.tail(program.log))
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server; nothing if it is not running."""
        if self._child is not None:
            self._child.stop(patience_s=4.0)

    def _environment(self) -> dict[str, str]:
        """Return what a server is told: PGPORT and its like must not leak in."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return {**kept, "LANG": "C.UTF-8", "TZ": "UTC", "SEMCACHE_HOME": str(self._home.path)}
