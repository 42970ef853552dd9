"""The loop over all processes: started in stages, restarted when they die, stopped in reverse.

One thread, no callbacks: children are bound to the thread that starts them (see `child`), and
everything that may happen (a signal, a death, a time that is up) ends the same wait.
"""

import time
from collections.abc import Callable, Sequence

from core.supervision import log
from core.supervision.child import Child
from core.supervision.errors import StartError, StopAskedError
from core.supervision.interrupts import Interrupts
from core.supervision.keeper import BACK_OFF_S, Keeper
from core.supervision.program import Program
from core.supervision.roster import Roster

TICK_S = 0.05  # between two questions "are you ready?"
UPKEEP_S = 5.0  # between two looks at the logs' sizes and the terminal
PROGRESS_S = 5.0
MAX_DEATHS_BEFORE_READY = 5
HARD_PATIENCE_S = 0.3


class Supervisor:
    """Keep programs running until a signal asks for the end.

    `patience_s` is how long a stage may take to end after its first stop signal.
    """

    def __init__(
        self,
        *,
        interrupts: Interrupts,
        roster: Roster,
        say: Callable[[str], None],
        patience_s: float = 4.0,
        back_off_s: tuple[float, ...] = BACK_OFF_S,
    ) -> None:
        self._interrupts = interrupts
        self._roster = roster
        self._say = say
        self._patience_s = patience_s
        self._back_off_s = back_off_s
        self._stages: list[list[Keeper]] = []

    def start(self, programs: Sequence[Program], *, timeout_s: float) -> None:
        """Start a stage and return when all of it answers.

        Raises:
            StartError: a program keeps dying, or does not answer in time.
            StopAskedError: a signal came first.
        """
        stage = [
            Keeper(program, mark=self._roster.mark, back_off_s=self._back_off_s)
            for program in programs
        ]
        self._stages.append(stage)
        for keeper in stage:
            log.rotate(keeper.program.log)
            self._launch(keeper)
        self._wait_for_answers(stage, timeout_s=timeout_s)

    def run(self, program: Program, *, timeout_s: float) -> None:
        """Run a program to its end.

        Raises:
            StartError: it failed or took too long.
            StopAskedError: a signal came first.
        """
        log.rotate(program.log)
        child = Child(program, mark=self._roster.mark)
        child.start()
        deadline_s = time.monotonic() + timeout_s
        try:
            while not child.has_ended():
                self._check_time(deadline_s, program, f"took more than {timeout_s:g} s")
                self._step(TICK_S)
        finally:
            child.stop(patience_s=HARD_PATIENCE_S)
        if child.how_it_ended != "exited with status 0":
            raise _failure(program, child.how_it_ended)

    def watch(self) -> None:
        """Restart what dies, until a signal asks for the end."""
        while not self._interrupts.asked:
            self._tend()
            for keeper in self._keepers():
                log.trim(keeper.program.log)
            self._interrupts.wait(self._until_next_restart_s())
            self._interrupts.check_terminal()

    def stop(self) -> None:
        """Stop the stages in reverse order and leave nothing behind; a second signal hurries it."""
        while self._stages:
            self._stop_together([keeper.child for keeper in reversed(self._stages.pop())])
        self._roster.sweep()
        self._roster.erase()

    def _wait_for_answers(self, stage: list[Keeper], *, timeout_s: float) -> None:
        began_s = said_s = time.monotonic()
        while waiting := [keeper for keeper in stage if not keeper.check_ready()]:
            first = waiting[0].program
            self._check_time(began_s + timeout_s, first, f"does not answer after {timeout_s:g} s")
            self._check_deaths(waiting)
            if time.monotonic() - said_s >= PROGRESS_S:
                said_s = time.monotonic()
                names = ", ".join(keeper.program.name for keeper in waiting)
                self._say(f"waiting for {names} ({said_s - began_s:.0f} s)")
            self._step(TICK_S)

    def _step(self, timeout_s: float) -> None:
        if self._interrupts.asked:
            raise StopAskedError("Asked to stop while starting.")
        self._tend()
        self._interrupts.wait(timeout_s)

    def _tend(self) -> None:
        """Notice who died, and start again whose wait is over."""
        for keeper in self._keepers():
            if line := keeper.notice_death():
                self._say(line)
            if keeper.is_due():
                self._launch(keeper)

    def _launch(self, keeper: Keeper) -> None:
        try:
            keeper.start()
        except OSError as error:
            raise _failure(keeper.program, f"cannot be started: {error}") from error
        self._roster.write([keeper.child for keeper in self._keepers() if keeper.child.was_started])

    def _stop_together(self, children: list[Child]) -> None:
        steps = max((len(child.program.stop_signals) for child in children), default=0)
        for step in range(steps):
            for child in children:
                child.ask_to_end(step)
            if self._have_ended(children, self._patience_s if step == 0 else 1.0):
                return
        for child in children:
            child.kill()
        self._have_ended(children, self._patience_s)

    def _have_ended(self, children: list[Child], patience_s: float) -> bool:
        began_s = time.monotonic()
        while not all([child.has_ended() for child in children]):  # noqa: C419 - each is reaped
            if self._interrupts.asked > 1:
                patience_s = min(patience_s, HARD_PATIENCE_S)
            if time.monotonic() - began_s > patience_s:
                return False
            self._interrupts.wait(TICK_S)
        return True

    def _keepers(self) -> list[Keeper]:
        return [keeper for stage in self._stages for keeper in stage]

    def _until_next_restart_s(self) -> float:
        due_s = [keeper.restart_at_s for keeper in self._keepers() if keeper.restart_at_s]
        return min([UPKEEP_S, *(at_s - time.monotonic() for at_s in due_s)])

    def _check_deaths(self, waiting: list[Keeper]) -> None:
        for keeper in waiting:
            if keeper.deaths >= MAX_DEATHS_BEFORE_READY:
                how = f"{keeper.child.how_it_ended}, {keeper.deaths} times in a row"
                raise _failure(keeper.program, how)

    def _check_time(self, deadline_s: float, program: Program, complaint: str) -> None:
        if time.monotonic() > deadline_s:
            raise _failure(program, complaint)


def _failure(program: Program, complaint: str) -> StartError:
    return StartError(
        f"{program.name} {complaint}.", log=program.log, excerpt=log.tail(program.log)
    )
