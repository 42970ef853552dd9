"""HTTP by hand, on one connection: for what no client would send."""

import select
import socket
from collections.abc import Iterable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from tests.callers import TIMEOUT_S, Caller, Said


class Wire:
    """One connection to where a caller asks, with the caller's headers."""

    def __init__(self, caller: Caller) -> None:
        place = urlsplit(caller.root_url)
        self._caller = caller
        self._socket = socket.create_connection((place.hostname, place.port or 80), TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def shutdown(self, how: int) -> None:
        self._socket.shutdown(how)

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def head(
        self,
        method: str,
        path: str,
        length: int | None,
        headers: dict[str, str] | None = None,
        *,
        authorized: bool = True,
    ) -> bytes:
        ours = dict(self._caller.headers)
        if not authorized:
            del ours["Authorization"]
        sized = {"Transfer-Encoding": "chunked"} if length is None else {"Content-Length": length}
        named = {"Host": "test", **sized, **ours, **(headers or {})}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {v}" for name, v in named.items())]
        return "\r\n".join([*lines, "", ""]).encode()

    def request(
        self, method: str, path: str, content: bytes, headers: dict[str, str] | None = None
    ) -> bytes:
        return self.head(method, path, len(content), headers) + content

    def ask(
        self,
        method: str,
        path: str,
        content: bytes,
        headers: dict[str, str] | None = None,
        *,
        authorized: bool = True,
    ) -> Said:
        self.send(self.head(method, path, len(content), headers, authorized=authorized) + content)
        return self.read()

    def post(self, path: str, content: bytes) -> Said:
        return self.ask("POST", path, content)

    def post_in_chunks(self, path: str, parts: Iterable[bytes]) -> Said:
        self.send(self.head("POST", path, None))
        for part in parts:
            self.send(b"%x\r\n%b\r\n" % (len(part), part))
        self.send(b"0\r\n\r\n")
        return self.read()

    def read(self) -> Said:
        """Read one answer to its end, and leave the connection at the beginning of the next."""
        status, headers = self.read_head()
        if headers.get("transfer-encoding") == "chunked":
            return Said(status, headers, self._chunked())
        return Said(status, headers, self._take(int(headers["content-length"])))

    def read_head(self) -> tuple[int, httpx.Headers]:
        """Read status and headers only."""
        while b"\r\n\r\n" not in self._left:
            self._more()
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = httpx.Headers([_named(line) for line in lines])
        return int(status.split()[1]), headers

    def wait(self, seconds: float) -> None:
        """Wait for bytes, or until the time is up."""
        select.select([self._socket], [], [], seconds)

    def at_end(self) -> bool:
        """Tell whether the other side has hung up."""
        try:
            return not self._socket.recv(65_536)
        except ConnectionError:
            return True

    def _chunked(self) -> bytes:
        parts = []
        while True:
            while b"\r\n" not in self._left:
                self._more()
            size, _, self._left = self._left.partition(b"\r\n")
            parts.append(self._take(int(size, 16)))
            self._take(2)
            if not parts[-1]:
                return b"".join(parts)

    def _take(self, length: int) -> bytes:
        while len(self._left) < length:
            self._more()
        taken, self._left = self._left[:length], self._left[length:]
        return taken

    def _more(self) -> None:
        data = self._socket.recv(1 << 20)
        if not data:
            raise ConnectionResetError("The server hung up.")
        self._left += data


def _named(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name, value
