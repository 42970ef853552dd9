"""One running process, with everything that it started."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from core.supervision import identity, log, process
from core.supervision.program import Program

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Child:
    """A program's process, in a session of its own.

    Its own session keeps the terminal's Ctrl-C away from it and makes what it forked findable.
    Start it from the main thread: the kernel ends it when the thread that started it ends.
    """

    def __init__(self, program: Program, *, mark: str) -> None:
        self.program = program
        self.started_at_s = 0.0
        self._mark = mark
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def was_started(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process.

        Raises:
            OSError: there is no such command or folder, or no right to use it.
        """
        program = self.program
        descriptor = log.open_for_child(program.log)
        try:
            self._process = subprocess.Popen(
                program.command,
                env={**program.environment, process.MARK: self._mark},
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_bound_to_us(program.stop_signals[0]),  # noqa: PLW1509
                **identity.of(program.user_id),
            )
        finally:
            os.close(descriptor)
        self.started_at_s = time.monotonic()

    def has_ended(self) -> bool:
        """Tell whether the process is over; if so, end what it forked, too.

        The group is swept before the process is reaped: until then its number cannot be reused.
        """
        if self._process is None or self._process.returncode is not None:
            return True
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return False
        self.kill()
        self._process.wait()
        return True

    @property
    def how_it_ended(self) -> str:
        code = self._process.returncode if self._process else None
        if code is None:
            return "did not start"
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"exited with status {code}"

    def ask_to_end(self, step: int = 0) -> None:
        """Send the program's stop signal number `step`; nothing if it has no more of them."""
        numbers = self.program.stop_signals[step : step + 1]
        if numbers and not self.has_ended():
            process.send(self.pid, numbers[0])

    def kill(self) -> None:
        """End the process and its group, at once; once reaped, its number is not ours."""
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def stop(self, *, patience_s: float) -> None:
        """Ask the process to end, then make it; return when it is over."""
        for step in range(len(self.program.stop_signals)):
            self.ask_to_end(step)
            if self._has_ended_within(patience_s):
                return
        self.kill()
        self._has_ended_within(patience_s)

    def _has_ended_within(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while not self.has_ended():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True


def _bound_to_us(number: signal.Signals) -> Callable[[], None] | None:
    """Make the kernel send `number` to the process when we die, however we die.

    Runs after the change of user, which would undo it.
    """
    us = os.getpid()

    def bind() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, number.value, 0, 0, 0)
        if os.getppid() != us:
            os._exit(1)

    return bind if sys.platform == "linux" else None
