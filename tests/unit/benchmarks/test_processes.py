import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import processes
from benchmarks.errors import CannotRunError

SLEEP = "import sys, time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {SLEEP}"


def started(code: str, *, cwd: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=cwd, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def test_a_process_that_lives_in_a_folder_is_found_until_it_ends(tmp_path: Path) -> None:
    with started(SLEEP, cwd=tmp_path) as process:
        found = processes.belonging(tmp_path)
        processes.kill(found)

    assert list(found) == [process.pid]
    assert process.returncode == -signal.SIGKILL
    assert processes.belonging(tmp_path) == {}


def test_ctrl_c_ends_a_process_that_obeys(tmp_path: Path) -> None:
    with started(SLEEP, cwd=tmp_path) as process:
        assert processes.interrupt(process, grace_s=10) < 10
    assert process.returncode != 0


def test_a_process_that_ignores_ctrl_c_is_killed_and_told_of(tmp_path: Path) -> None:
    with started(STUBBORN, cwd=tmp_path) as process, pytest.raises(CannotRunError, match="Ctrl-C"):
        processes.interrupt(process, grace_s=0.2)
    assert process.returncode == -signal.SIGKILL


def test_a_subprocess_that_dies_is_an_error_and_no_hang() -> None:
    with (
        processes.lines("benchmarks.nothing_of_that_name") as lines,
        pytest.raises(CannotRunError, match="died"),
    ):
        lines.ask(b"{}")
