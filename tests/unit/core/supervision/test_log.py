import os
from pathlib import Path

from core.supervision import log


def test_the_last_run_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "web.log"
    log.rotate(path)
    path.write_text("old")
    log.rotate(path)
    assert not path.exists()
    assert path.with_name("web.log.1").read_text() == "old"


def test_a_log_that_outgrows_its_bound_is_emptied_under_its_writer(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    descriptor = log.open_for_child(path)
    os.write(descriptor, b"x" * 2_000)
    log.trim(path, max_size_bytes=1_000)
    os.write(descriptor, b"after")
    os.close(descriptor)
    assert path.read_text() == "after"
    assert path.with_name("web.log.1").stat().st_size == 2_000


def test_a_short_log_is_left_alone_and_a_missing_one_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    path.write_text("short")
    log.trim(path, max_size_bytes=1_000)
    log.trim(tmp_path / "missing.log")
    assert path.read_text() == "short"
    assert log.tail(tmp_path / "missing.log") == ""


def test_the_tail_survives_what_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    path.write_bytes(b"first\n" + b"\xff\xfe\n" * 40_000 + b"last")
    lines = log.tail(path, lines=3).splitlines()
    assert len(lines) == 3
    assert lines[-1] == "last"
