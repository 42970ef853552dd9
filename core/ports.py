"""TCP ports: a free one to use, and the complaint about one that is taken."""

import socket


class PortTakenError(Exception):
    pass


def free() -> int:
    """Return a port on 127.0.0.1 that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def check_free(*, host: str, port: int) -> None:
    """Make sure that a server can listen there.

    Raises:
        PortTakenError: it cannot; the message names HOST and PORT.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            # As the server does: a connection that is still winding down does not count.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1)
    except OSError as error:
        raise PortTakenError(
            f"Cannot listen on HOST={host} PORT={port}: {error.strerror or error}.\n"
            "Set PORT to another one: PORT=8001 make run"
        ) from error
