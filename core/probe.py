"""Ask a server over HTTP whether it is ready."""

import http.client
from urllib.parse import urlsplit


def answers(url: str, *, timeout_s: float = 2.0) -> bool:
    """Tell whether `url` answers 200."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
