"""Start, find and stop processes; talk to one a line at a time."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.errors import CannotRunError

CHECKOUT = Path(__file__).resolve().parent.parent


class Lines:
    """A subprocess that answers each line with a line."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def ask(self, line: bytes) -> bytes:
        """Send one line, wait for the answer.

        Raises:
            CannotRunError: The process died.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise CannotRunError(f"{self._process.args!r} died")
        return answer


@contextmanager
def lines(module: str) -> Iterator[Lines]:
    """Run `python -m module` in a subprocess; its input is closed at the end."""
    command = [sys.executable, "-m", module]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=pipe, stdout=pipe) as process:
        try:
            yield Lines(process)
        finally:
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.close()
            end(process, grace_s=5)


def end(process: subprocess.Popen[bytes], *, grace_s: float) -> None:
    """Wait for a process that was asked to end; kill it when it does not."""
    try:
        process.wait(timeout=grace_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def interrupt(process: subprocess.Popen[bytes], *, grace_s: float) -> float:
    """Press Ctrl-C: SIGINT to the whole group of a process that leads one; answer the seconds.

    Raises:
        CannotRunError: It did not end in `grace_s`; it is killed then.
    """
    began_at = time.monotonic()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(timeout=grace_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise CannotRunError(f"it did not stop within {grace_s:g} s of Ctrl-C") from None
    return time.monotonic() - began_at


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


def belonging(folder: Path) -> dict[int, str]:
    """Find processes that live in a folder: by command line, program, directory or environment.

    Answers command lines by process id. Zombies and the caller itself do not count.
    """
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _mentions(entry, folder):
            command = _read(entry / "cmdline").replace("\0", " ").strip()
            found[int(entry.name)] = command or entry.name
    return found


def kill(found: dict[int, str]) -> None:
    """End what `belonging` found: it lived in a temporary folder of ours."""
    for pid in found:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _mentions(entry: Path, folder: Path) -> bool:
    texts = [_read(entry / "cmdline"), _read(entry / "environ")]
    for link in ("exe", "cwd"):
        with suppress(OSError):
            texts.append(str((entry / link).readlink()))
    return any(str(folder) in text for text in texts)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
