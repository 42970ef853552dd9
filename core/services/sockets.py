"""Where a unix socket can live: its path may have 107 bytes."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

MAX_PATH_BYTES = 107


def folder(wanted: Path, *, file_name: str, user_id: int) -> Path:
    """Return a private folder for the socket `file_name`: `wanted`, or one with a shorter path.

    The folder belongs to `user_id` and is closed to others; that is what guards servers that ask
    for no password.

    Raises:
        PermissionError: somebody else sits on the short path.
    """
    if len(os.fsencode(wanted / file_name)) <= MAX_PATH_BYTES:
        return private(wanted, user_id=user_id)
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return private(Path(tempfile.gettempdir()) / f"semcache-{digest}", user_id=user_id)


def private(path: Path, *, user_id: int) -> Path:
    """Make a folder that only `user_id` may enter.

    Raises:
        PermissionError: the path is taken by something else, a link for instance.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {user_id, os.geteuid()}:
        raise PermissionError(f"{path} is not a folder of ours; remove it.")
    if found.st_uid != user_id:
        os.chown(path, user_id, -1)
    path.chmod(0o700)
    return path
