"""The product under test: started in a home of its own, or a running one."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import processes
from benchmarks.errors import ProductError

MODEL = "fake"
READY_S = 180.0
STOP_S = 60.0
PROVIDERS = """\
[[providers]]
name = "fake"
kind = "openai"
base_url = "{base_url}"

[[providers.models]]
name = "fake"
kind = "chat"
input_usd_per_mtok = 1.0
output_usd_per_mtok = 2.0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Where it answers; `redis_url` is empty where it is not known."""

    base_url: str
    key: str
    redis_url: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        return urlsplit(self.base_url).port or 80

    @property
    def path(self) -> str:
        """The path of chat completions."""
        return f"{urlsplit(self.base_url).path.rstrip('/')}/chat/completions"

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Offer to use a running product instead of starting one."""
    group = parser.add_argument_group("product (default: start one in a temporary home)")
    group.add_argument("--base-url", help="a running product, such as http://127.0.0.1:8000/v1")
    group.add_argument("--key", help="its key (default: dev-key in SEMCACHE_HOME or .semcache)")
    group.add_argument("--redis-url", help="its Redis (default: from services.json beside dev-key)")
    group.add_argument("--model", default=MODEL, help=f"model to ask ({MODEL})")


@contextmanager
def under_test(
    options: argparse.Namespace, *, upstream_url: str, server: str | None = None
) -> Iterator[Product]:
    """Use the product of the options, or start one whose provider is at `upstream_url`."""
    if not options.base_url:
        with started(upstream_url=upstream_url, server=server) as product:
            yield product
        return
    services = home() / "services.json"
    known = json.loads(services.read_text(encoding="utf-8")) if services.exists() else {}
    yield Product(
        base_url=options.base_url.rstrip("/"),
        key=options.key or dev_key(),
        redis_url=options.redis_url or known.get("redis_url", ""),
    )


def home() -> Path:
    """Find the home of the running product, as the product itself does."""
    return Path(os.environ.get("SEMCACHE_HOME") or processes.CHECKOUT / ".semcache")


def dev_key() -> str:
    """Read the key that the product wrote at its first start.

    Raises:
        ProductError: There is none.
    """
    path = home() / "dev-key"
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ProductError(
            f"no key: {path} cannot be read; start the product or pass --key"
        ) from error


@contextmanager
def started(*, upstream_url: str, server: str | None = None) -> Iterator[Product]:
    """Start everything with `manage.py up` in a temporary home; stop it by Ctrl-C at the end.

    `server` is the ASGI server of the web process; without it the product's own choice.

    Raises:
        ProductError: It does not get ready, or leaves processes behind.
    """
    with tempfile.TemporaryDirectory(prefix="semcache-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # the embedded Postgres may run as another user
        providers = folder / "providers.toml"
        providers.write_text(PROVIDERS.format(base_url=upstream_url), encoding="utf-8")
        port = processes.free_port()
        environment = _environment(folder, port=port, providers=providers, server=server)
        log = folder / "up.log"
        command = [sys.executable, "manage.py", "up"]
        with up(command, cwd=processes.CHECKOUT, environment=environment, log=log) as process:
            wait_ready(
                f"http://127.0.0.1:{port}", process=process, folder=folder, timeout_s=READY_S
            )
            yield _described(folder / "home", port=port)
        left = processes.belonging(folder)
        if left:
            processes.kill(left)
            raise ProductError(f"the product left processes behind: {left}")


@contextmanager
def up(
    command: list[str], *, cwd: Path, environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command that runs the product, in a process group of its own."""
    with (
        log.open("ab") as output,
        subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                processes.interrupt(process, grace_s=STOP_S)


def wait_ready(
    root_url: str, *, process: subprocess.Popen[bytes], folder: Path, timeout_s: float
) -> None:
    """Wait until `/readyz` answers 200.

    Raises:
        ProductError: The process ended or the time is up; the text has the end of each log
            in `folder`.
    """
    until = time.monotonic() + timeout_s
    while not _ready(root_url):
        if process.poll() is not None:
            raise ProductError(f"the product ended with {process.returncode}:\n{_tails(folder)}")
        if time.monotonic() > until:
            raise ProductError(f"the product was not ready in {timeout_s:g} s:\n{_tails(folder)}")
        time.sleep(0.05)


def _environment(folder: Path, *, port: int, providers: Path, server: str | None) -> dict[str, str]:
    """Pass ours on without what would steer the product, and say where it lives and listens."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEMCACHE_")}
    ours = {"SEMCACHE_HOME": str(folder / "home"), "SEMCACHE_PROVIDERS": str(providers)}
    served = {"SEMCACHE_SERVER": server} if server else {}
    return {**kept, **ours, **served, "PORT": str(port), "DATABASE_URL": "", "REDIS_URL": ""}


def _ready(root_url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{root_url}/readyz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _described(folder: Path, *, port: int) -> Product:
    services = json.loads((folder / "services.json").read_text(encoding="utf-8"))
    return Product(
        base_url=f"http://127.0.0.1:{port}/v1",
        key=(folder / "dev-key").read_text(encoding="utf-8").strip(),
        redis_url=services["redis_url"],
    )


def _tails(folder: Path) -> str:
    """Read the end of every log below a folder, but not those of installed packages."""
    logs = (path for path in folder.rglob("*.log") if "site-packages" not in path.parts)
    return "\n".join(f"--- {path}\n{_tail(path)}" for path in sorted(logs))


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
