"""A process's log file, bounded in size: what outgrows the bound moves to `.log.1`."""

import os
import shutil
from pathlib import Path

MAX_SIZE_BYTES = 16 * 2**20


def rotate(path: Path) -> None:
    """Put the last run's log aside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.replace(_previous(path))


def open_for_child(path: Path) -> int:
    """Open for appending and return the descriptor.

    Appending is what lets `trim` empty the file under a running writer.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def trim(path: Path, *, max_size_bytes: int = MAX_SIZE_BYTES) -> None:
    """Move the contents aside once they have outgrown the bound.

    Lines written between copy and truncation are lost; that is the price for a writer that need
    not take part.
    """
    try:
        if path.stat().st_size <= max_size_bytes:
            return
        shutil.copyfile(path, _previous(path))
        os.truncate(path, 0)
    except OSError:
        return  # a full disk must not take the product down over its log


def tail(path: Path, *, lines: int = 25) -> str:
    """Return the last lines, as text that a terminal can show."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _previous(path: Path) -> Path:
    return path.with_name(path.name + ".1")
