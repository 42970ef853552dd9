"""One `up` a home: a lock that the kernel drops when its holder dies, however it dies."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.supervision.errors import HomeTakenError


@contextmanager
def held(path: Path, *, base_url: str) -> Iterator[None]:
    """Hold the lock at `path`, telling others under which address we answer.

    Raises:
        HomeTakenError: another process holds it; the message says which.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeTakenError(_holder(path)) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "url": base_url}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        who = f"process {holder['pid']}, {holder['url']}"
    except (OSError, ValueError, KeyError, TypeError):
        who = "another process"
    return (
        f"Semcache already runs on the home {path.parent} ({who}).\n"
        "Stop that one, or set SEMCACHE_HOME and PORT to run a second one beside it."
    )
