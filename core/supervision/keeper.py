"""A program over its lives: whether it answers, when it died, when to start it again."""

import time

from core.supervision.child import Child
from core.supervision.program import Program

BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
STEADY_S = 60.0  # a life this long clears what went before it


class Keeper:
    """Keep one program alive.

    `back_off_s` are the waits before the first, second, ... restart in a row; the last one stays.
    """

    def __init__(
        self, program: Program, *, mark: str, back_off_s: tuple[float, ...] = BACK_OFF_S
    ) -> None:
        self.program = program
        self.child = Child(program, mark=mark)
        self.is_ready = False
        self.deaths = 0
        self.restart_at_s: float | None = None
        self._mark = mark
        self._back_off_s = back_off_s

    def start(self) -> None:
        """Start the program, for the first time or again."""
        self.restart_at_s = None
        self.child = Child(self.program, mark=self._mark)
        self.child.start()

    def check_ready(self) -> bool:
        """Ask the program whether it answers, unless it has said so before."""
        if not self.is_ready and self.restart_at_s is None:
            self.is_ready = self.program.answers()
        return self.is_ready

    def notice_death(self) -> str | None:
        """Plan the restart of a child that has ended; return a line that says so."""
        if self.restart_at_s is not None or not self.child.has_ended():
            return None
        now_s = time.monotonic()
        if now_s - self.child.started_at_s >= STEADY_S:
            self.deaths = 0
        wait_s = self._back_off_s[min(self.deaths, len(self._back_off_s) - 1)]
        self.deaths += 1
        self.restart_at_s = now_s + wait_s
        name, how = self.program.name, self.child.how_it_ended
        return f"{name} {how}; starting it again in {wait_s:g} s (log: {self.program.log})"

    def is_due(self) -> bool:
        """Tell whether the wait before the restart is over."""
        return self.restart_at_s is not None and time.monotonic() >= self.restart_at_s
