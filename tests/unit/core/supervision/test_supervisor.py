"""The supervisor, with real processes."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.home import CHECKOUT
from core.supervision import process, roster
from core.supervision.errors import StartError, StopAskedError
from core.supervision.interrupts import Interrupts
from core.supervision.program import Program
from core.supervision.roster import Roster
from core.supervision.supervisor import Supervisor

SLEEPER = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "pathlib.Path('deaf').touch(); time.sleep(600)"
)
PARENT = (
    "import subprocess, sys, time;"
    f"child = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]);"
    "open('grandchild', 'w').write(str(child.pid)); time.sleep(600)"
)
NOTES_ITS_END = (
    "import signal, sys, time, pathlib, threading\n"
    "def end(*_):\n"
    "    with open('ends', 'a') as file: file.write(sys.argv[1] + ' ')\n"
    "    sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, end)\n"
    "pathlib.Path('up-' + sys.argv[1]).touch()\n"
    "time.sleep(600)\n"
)


def eventually(condition: Callable[[], bool], *, timeout_s: float = 10.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "the condition did not come true in time"
        time.sleep(0.01)


def program(folder: Path, name: str, code: str) -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-c", code, name),
        environment={"PATH": os.environ["PATH"]},
        folder=folder,
        log=folder / f"{name}.log",
    )


class Stand:
    """A supervisor, what it said, and the mark of its children."""

    def __init__(self, folder: Path, interrupts: Interrupts) -> None:
        self.said: list[str] = []
        self.mark = f"test-{os.getpid()}-{time.monotonic_ns()}"
        self.run_file = folder / "run.json"
        self.supervisor = Supervisor(
            interrupts=interrupts,
            roster=Roster(path=self.run_file, mark=self.mark),
            say=self.said.append,
            patience_s=0.5,
            back_off_s=(0.05,),
        )


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    with Interrupts() as listening:
        yield listening


@pytest.fixture
def stand(tmp_path: Path, interrupts: Interrupts) -> Iterator[Stand]:
    made = Stand(tmp_path, interrupts)
    yield made
    made.supervisor.stop()
    assert process.marked(made.mark) == []


def ask_to_stop_when(condition: Callable[[], bool]) -> Callable[[], bool]:
    """Return a condition that sends us SIGINT once it holds: a Ctrl-C at a known moment."""

    def check() -> bool:
        if condition():
            os.kill(os.getpid(), signal.SIGINT)
        return False

    return check


def test_it_returns_when_every_program_answers(tmp_path: Path, stand: Stand) -> None:
    ready = tmp_path / "ready"
    code = "import pathlib, time; pathlib.Path('ready').touch(); time.sleep(600)"
    stand.supervisor.start(
        [replace(program(tmp_path, "a", code), answers=ready.exists)], timeout_s=10.0
    )
    assert ready.exists()


def test_a_program_that_dies_is_started_again_and_said_so(tmp_path: Path, stand: Stand) -> None:
    code = (
        "import pathlib, sys, time; p = pathlib.Path('lives');"
        "lives = int(p.read_text()) if p.exists() else 0; p.write_text(str(lives + 1));"
        "sys.exit(3) if lives < 2 else pathlib.Path('ready').touch(); time.sleep(600)"
    )
    dying = replace(program(tmp_path, "dying", code), answers=(tmp_path / "ready").exists)
    stand.supervisor.start([dying], timeout_s=20.0)
    assert (tmp_path / "lives").read_text() == "3"
    assert len([line for line in stand.said if line.startswith("dying exited with status 3")]) == 2
    assert str(tmp_path / "dying.log") in stand.said[0]


def test_a_program_that_keeps_dying_ends_the_start_with_the_end_of_its_log(
    tmp_path: Path, stand: Stand
) -> None:
    hopeless = program(tmp_path, "hopeless", "import sys; sys.exit('no weights here')")
    with pytest.raises(StartError, match="hopeless exited with status 1, 5 times") as caught:
        stand.supervisor.start([replace(hopeless, answers=lambda: False)], timeout_s=30.0)
    assert "no weights here" in caught.value.excerpt


def test_a_program_that_never_answers_is_named_with_its_log(tmp_path: Path, stand: Stand) -> None:
    mute = replace(program(tmp_path, "mute", SLEEPER), answers=lambda: False)
    with pytest.raises(StartError, match=r"mute does not answer after 0\.3 s") as caught:
        stand.supervisor.start([mute], timeout_s=0.3)
    assert caught.value.log == tmp_path / "mute.log"


def test_a_command_that_does_not_exist_is_refused(tmp_path: Path, stand: Stand) -> None:
    missing = replace(program(tmp_path, "missing", ""), command=("/nowhere/at-all",))
    with pytest.raises(StartError, match="missing cannot be started"):
        stand.supervisor.start([missing], timeout_s=5.0)


def test_a_one_time_program_that_fails_is_an_error(tmp_path: Path, stand: Stand) -> None:
    stand.supervisor.run(program(tmp_path, "fine", "print('done')"), timeout_s=10.0)
    with pytest.raises(StartError, match="migrate exited with status 1") as caught:
        stand.supervisor.run(
            program(tmp_path, "migrate", "import sys; sys.exit('no table')"), timeout_s=10.0
        )
    assert "no table" in caught.value.excerpt


def test_stages_stop_in_reverse_order(tmp_path: Path, stand: Stand) -> None:
    for name in ("first", "second", "third"):
        up = (tmp_path / f"up-{name}").exists
        stand.supervisor.start(
            [replace(program(tmp_path, name, NOTES_ITS_END), answers=up)], timeout_s=10.0
        )
    stand.supervisor.stop()
    assert (tmp_path / "ends").read_text().split() == ["third", "second", "first"]


def test_a_stubborn_program_is_killed(tmp_path: Path, stand: Stand) -> None:
    deaf = replace(program(tmp_path, "deaf", STUBBORN), answers=(tmp_path / "deaf").exists)
    stand.supervisor.start([deaf], timeout_s=10.0)
    began_s = time.monotonic()
    stand.supervisor.stop()
    assert process.marked(stand.mark) == []
    assert time.monotonic() - began_s < 3.0


def test_stopping_ends_grandchildren_too(tmp_path: Path, stand: Stand) -> None:
    pid_file = tmp_path / "grandchild"
    stand.supervisor.start(
        [replace(program(tmp_path, "parent", PARENT), answers=lambda: _number(pid_file) > 0)],
        timeout_s=10.0,
    )
    assert _number(pid_file) in process.marked(stand.mark)
    stand.supervisor.stop()
    eventually(lambda: process.start_ticks(_number(pid_file)) is None)


def test_a_killed_parent_takes_its_children_with_it(tmp_path: Path, stand: Stand) -> None:
    pid_file = tmp_path / "grandchild"
    lives: list[int] = []

    def answers_in_its_second_life() -> bool:
        pid = _number(pid_file)
        if pid and pid not in lives:
            lives.append(pid)
            if len(lives) == 1:
                parent = next(p for p in process.marked(stand.mark) if p != pid)
                os.kill(parent, signal.SIGKILL)
        return len(lives) > 1

    parent = replace(program(tmp_path, "parent", PARENT), answers=answers_in_its_second_life)
    stand.supervisor.start([parent], timeout_s=20.0)
    assert process.start_ticks(lives[0]) is None


def test_a_signal_while_starting_ends_the_start(tmp_path: Path, stand: Stand) -> None:
    slow = replace(program(tmp_path, "slow", SLEEPER), answers=ask_to_stop_when(lambda: True))
    with pytest.raises(StopAskedError):
        stand.supervisor.start([slow], timeout_s=10.0)


def test_a_signal_ends_the_watch(tmp_path: Path, stand: Stand) -> None:
    stand.supervisor.start([program(tmp_path, "a", SLEEPER)], timeout_s=10.0)
    os.kill(os.getpid(), signal.SIGTERM)
    stand.supervisor.watch()
    stand.supervisor.stop()
    assert not stand.run_file.exists()


def test_one_wish_may_arrive_twice(interrupts: Interrupts) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    eventually(lambda: interrupts.asked > 0)
    assert interrupts.asked == 1


KILLED_RUN = """
import os, sys
sys.path.insert(0, {checkout!r})
from pathlib import Path
from core.supervision.interrupts import Interrupts
from core.supervision.program import Program
from core.supervision.roster import Roster
from core.supervision.supervisor import Supervisor

folder = Path({folder!r})
deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + {parent!r}
program = Program(
    name="deaf", command=(sys.executable, "-c", deaf), environment=dict(os.environ),
    folder=folder, log=folder / "deaf.log", answers=(folder / "grandchild").exists,
)
with Interrupts() as interrupts:
    kept = Roster(path=folder / "run.json", mark={mark!r})
    supervisor = Supervisor(interrupts=interrupts, roster=kept, say=print)
    supervisor.start([program], timeout_s=10)
    print("up", flush=True)
    supervisor.watch()
"""


def test_what_a_killed_run_left_behind_is_cleared_away(tmp_path: Path) -> None:
    mark = f"killed-{os.getpid()}-{time.monotonic_ns()}"
    code = KILLED_RUN.format(checkout=str(CHECKOUT), folder=str(tmp_path), parent=PARENT, mark=mark)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "up\n"
        run.kill()
    eventually(lambda: _number(tmp_path / "grandchild") > 0)
    assert len(process.marked(mark)) == 2  # both deaf to the signal that our death sends them

    assert roster.clear_away(tmp_path / "run.json", grace_s=0.3) == 2
    assert process.marked(mark) == []
    assert not (tmp_path / "run.json").exists()


def test_processes_that_only_share_a_number_are_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER]) as stranger:
        ticks = process.start_ticks(stranger.pid)
        assert ticks is not None
        run_file = tmp_path / "run.json"
        run_file.write_text(
            f'{{"boot_id": "{process.boot_id()}", "mark": "nobody", "children": [{{"name": "x",'
            f' "pid": {stranger.pid}, "start_ticks": {ticks - 1}, "stop_signal": "SIGKILL"}}]}}'
        )
        assert roster.clear_away(run_file) == 0
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("content", ["", "[]", "{}", "nonsense", '{"boot_id": 3}'])
def test_a_damaged_run_file_is_ignored(tmp_path: Path, content: str) -> None:
    run_file = tmp_path / "run.json"
    run_file.write_text(content)
    assert roster.clear_away(run_file) == 0


def _number(path: Path) -> int:
    found = re.fullmatch(r"\d+", path.read_text()) if path.exists() else None
    return int(found.group()) if found else 0
