import argparse
from typing import Protocol

from benchmarks.goals import Goal
from benchmarks.report import Findings


class Scenario(Protocol):
    """Something to measure; `summary` is its one line of help, `goals` are what to reach."""

    @property
    def name(self) -> str: ...

    @property
    def summary(self) -> str: ...

    @property
    def goals(self) -> tuple[Goal, ...]: ...

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options beyond `--json` and `--seed`, which every scenario has."""

    def run(self, options: argparse.Namespace) -> Findings:
        """Measure, and answer what was found.

        Raises:
            CannotRunError: It cannot be measured here; the text says what to do.
        """
