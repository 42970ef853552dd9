"""The parent's end of the load generator: start the process, hand it plans."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from benchmarks import processes
from benchmarks.errors import LoadError
from benchmarks.load.plan import Plan, Sample


class _Answer(msgspec.Struct):
    sample: Sample | None = None
    error: str = ""


class Generator:
    """One process that sends plan after plan, so that starting it costs no round anything."""

    def __init__(self, lines: processes.Lines) -> None:
        self._lines = lines

    def send(self, plan: Plan) -> Sample:
        """Send the plan and wait for what came of it.

        Raises:
            LoadError: Nothing listens where the plan points.
        """
        answer = msgspec.json.decode(self._lines.ask(msgspec.json.encode(plan)), type=_Answer)
        if answer.sample is None:
            raise LoadError(answer.error)
        return answer.sample


@contextmanager
def running() -> Iterator[Generator]:
    """Run a load generator in a subprocess; it ends with the block."""
    with processes.lines("benchmarks.load") as lines:
        yield Generator(lines)
