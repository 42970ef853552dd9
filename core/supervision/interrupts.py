"""The signals that ask for the end, and a wait that they and dying children cut short."""

import os
import select
import signal
import socket
import time
from types import FrameType, TracebackType
from typing import Any, Self

STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# A signal to our whole process group reaches us twice where `make` passes it on: that is one wish.
ONE_WISH_S = 0.5

_STDIN = 0  # the descriptor: `sys.stdin` may be captured or None


class Interrupts:
    """Count the stop signals while the block runs; afterwards, everything is as it was.

    Handlers only count. The signal's arrival is written to a socket by the interpreter itself
    (`signal.set_wakeup_fd`), so that none is missed between looking and waiting, and so that it
    does not matter on which of a library's threads it is delivered.
    """

    def __init__(self) -> None:
        self.asked = 0
        self._in_foreground = _in_foreground()
        self._last_asked_s = float("-inf")
        self._reader, self._writer = socket.socketpair()
        self._before: dict[signal.Signals, Any] = {}
        self._wakeup_before = -1

    def __enter__(self) -> Self:
        self._reader.settimeout(0.0)
        self._writer.settimeout(0.0)
        self._wakeup_before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in STOP:
            if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue  # started under nohup: whoever did so wants us to outlive the terminal
            self._before[number] = signal.signal(number, self._count)
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _wake_only)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        signal.set_wakeup_fd(self._wakeup_before)
        self._reader.close()
        self._writer.close()

    def wait(self, timeout_s: float) -> None:
        """Wait for the time to pass, for a stop signal, or for a child to change its state."""
        ready, _, _ = select.select([self._reader], [], [], max(0.0, timeout_s))
        if ready:
            self._reader.recv(4096)

    def check_terminal(self) -> None:
        """Take the loss of the terminal that we run in the foreground of for a signal.

        SIGHUP goes to the session's leader; where that is `make`, it does not pass it on.
        """
        if self._in_foreground and not os.isatty(_STDIN):
            self._in_foreground = False
            self.asked += 1

    def _count(self, _number: int, _frame: FrameType | None) -> None:
        now_s = time.monotonic()
        if now_s - self._last_asked_s >= ONE_WISH_S:
            self.asked += 1
            self._last_asked_s = now_s


def _in_foreground() -> bool:
    try:
        return os.tcgetpgrp(_STDIN) == os.getpgrp()
    except (OSError, ValueError):  # no terminal; no standard input at all
        return False


def _wake_only(_number: int, _frame: FrameType | None) -> None:
    """Take SIGCHLD, whose default is to be dropped without waking anyone."""
