"""What one process is: its command, its environment and how it says that it is ready."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


def silent() -> bool:
    """Answer for a program that has no way to say that it is ready."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A command to keep running.

    `environment` is complete: nothing is inherited.
    `stop_signals` are sent in turn, each with its share of patience; SIGKILL follows the last.
    `user_id` is the system user to run as, None for our own.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    folder: Path | None = None
    user_id: int | None = None
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)
    answers: Callable[[], bool] = silent
