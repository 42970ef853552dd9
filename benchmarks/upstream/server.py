"""Start the fake provider as a process, ask it what it was asked, stop it."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.upstream.__main__ import LISTENING

CHECKOUT = Path(__file__).resolve().parent.parent.parent


class Upstream:
    """A running fake provider; `base_url` ends in `/v1`, as clients want it."""

    def __init__(self, *, root_url: str) -> None:
        self.root_url = root_url
        self.base_url = f"{root_url}/v1"

    def calls(self) -> dict[str, Any]:
        """Read `GET /calls`: count, calls, open_requests, open_streams, cut_by_client."""
        with urllib.request.urlopen(f"{self.root_url}/calls", timeout=10) as answer:  # noqa: S310  # our own server
            return dict(json.load(answer))

    def reset(self) -> None:
        request = urllib.request.Request(f"{self.root_url}/reset", method="POST")  # noqa: S310
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310

    def say(self, answer: str | None, *, to: str) -> None:
        """Let it answer `answer` to every prompt that holds `to`, or fail, until it is reset."""
        said = json.dumps({"to": to, "answer": answer}).encode()
        request = urllib.request.Request(f"{self.root_url}/say", data=said, method="POST")  # noqa: S310
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310


@contextmanager
def running(
    *,
    port: int = 0,
    delay_ms: float = 50,
    tokens: int = 8,
    token_interval_ms: float = 0,
    dimensions: int = 384,
) -> Iterator[Upstream]:
    """Run the fake provider in a subprocess; it is stopped at the end.

    Raises:
        RuntimeError: It ended before it listened, for example because the port is taken.
    """
    command = [
        *(sys.executable, "-m", "benchmarks.upstream", "--port", str(port)),
        *("--delay-ms", str(delay_ms), "--tokens", str(tokens)),
        *("--token-interval-ms", str(token_interval_ms), "--dimensions", str(dimensions)),
    ]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.startswith(LISTENING):
                raise RuntimeError(f"the fake provider did not start on port {port}")
            yield Upstream(root_url=line.removeprefix(LISTENING).strip())
        finally:
            process.terminate()
            process.wait(timeout=10)
