import socket

import pytest

from core import ports
from core.ports import PortTakenError


def test_a_port_in_use_is_refused_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"PORT={port}"):
            ports.check_free(host="127.0.0.1", port=port)
    ports.check_free(host="127.0.0.1", port=port)


def test_a_host_that_is_not_ours_is_refused_by_name() -> None:
    with pytest.raises(PortTakenError, match=r"HOST=203\.0\.113\.1"):
        ports.check_free(host="203.0.113.1", port=8_000)


def test_a_free_port_can_be_listened_on() -> None:
    ports.check_free(host="127.0.0.1", port=ports.free())
