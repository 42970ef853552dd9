"""What goes wrong around processes.

SupervisionError
├── HomeTakenError     another `up` runs on this home
├── StopAskedError     a signal asked for the end while things were starting
└── StartError         a program does not come up; carries the end of its log
"""

from pathlib import Path


class SupervisionError(Exception):
    """Starting or keeping the processes failed; the message is for the terminal."""


class HomeTakenError(SupervisionError):
    pass


class StopAskedError(SupervisionError):
    pass


class StartError(SupervisionError):
    """A program does not come up.

    `log` is the file to read and `excerpt` its last lines.
    """

    def __init__(self, message: str, *, log: Path, excerpt: str) -> None:
        super().__init__(message)
        self.log = log
        self.excerpt = excerpt
