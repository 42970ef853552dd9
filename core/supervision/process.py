"""What /proc says about processes, and the proof that one is ours.

Note [Proof of ownership]
A process id alone proves nothing: ids are reused. A process is ours if either
- its id and its start time (in clock ticks since boot) are the ones we wrote down, or
- its environment carries the mark of our run, a random word that children inherit.
The first also covers Postgres, which paints over its environment; the second covers grandchildren,
which outlive a parent that was killed and whose ids nobody wrote down.
"""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

MARK = "SEMCACHE_RUN"
_PROC = Path("/proc")
_AFTER_NAME_STATE, _AFTER_NAME_START_TICKS = 0, 19


def boot_id() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def start_ticks(pid: int) -> int | None:
    """Return when a process started; None if it is gone, or dead and not yet reaped."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()  # the name before it may hold anything
    if fields[_AFTER_NAME_STATE] in "ZX":
        return None
    return int(fields[_AFTER_NAME_START_TICKS])


def marked(mark: str) -> list[int]:
    """Return the living processes whose environment carries `mark`, except ourselves."""
    wanted = f"{MARK}={mark}".encode()
    return [pid for pid in _all_pids() if pid != os.getpid() and wanted in _environment(pid)]


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may already be gone."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def wait_until_gone(pids: Iterable[int], *, timeout_s: float) -> list[int]:
    """Wait for processes to end and return those that did not.

    For processes that are not our children, and so cannot be waited for in any better way.
    """
    left = {pid: start_ticks(pid) for pid in pids}
    deadline = time.monotonic() + timeout_s
    while True:
        left = {pid: t for pid, t in left.items() if t is not None and start_ticks(pid) == t}
        if not left or time.monotonic() > deadline:
            return list(left)
        time.sleep(0.02)


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    try:
        return (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:  # gone, or not ours to look at
        return []
