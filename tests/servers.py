"""Real servers for the tests: Postgres and Valkey, the product's processes, a fake provider.

Nothing here is started by importing it; tests/conftest.py starts each when a test first asks.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import redis

from benchmarks.upstream import behaviors
from core import ports, probe
from core.home import CHECKOUT, Home
from core.lineup import Lineup
from core.services.postgres import Postgres
from core.services.valkey import Valkey
from core.supervision.child import Child
from core.supervision.program import Program
from tests import odd

START_S = 60.0
CAST = {"alice": "a", "bob": "a", "charlie": "c"}
# Short, so that a test sees in seconds what takes a minute in production.
TIMES = {
    "SEMCACHE_TOKEN_TIMEOUT_S": "2",
    "SEMCACHE_CONNECT_TIMEOUT_S": "1",
    "SEMCACHE_ABANDON_AFTER_S": "1",
    "SEMCACHE_LEASE_S": "2",
}
# Nobody is audited by chance: a test that wants it says so by a policy.
UNDRAWN = {"SEMCACHE_AUDIT_SHARE": "0"}
_PREPARE = """
import django, json, sys
django.setup()
from django.core.management import call_command
from semcache.models import ApiKey, Tenant
call_command("migrate", verbosity=0)
keys = {}
for name, tenant in json.loads(sys.argv[1]).items():
    owner, _ = Tenant.objects.get_or_create(name=tenant)
    keys[name] = ApiKey.issue(tenant=owner, label=name)[1]
print(json.dumps(keys))
"""
_PRICES = "input_usd_per_mtok = 1.0\noutput_usd_per_mtok = 2.0\n"


def eventually(
    condition: Callable[[], Any], *, within_s: float = 10.0, what: object = "the condition"
) -> Any:
    """Wait until `condition` gives something true, and return it."""
    until = time.monotonic() + within_s
    while not (found := condition()):
        said = what() if callable(what) else what
        assert time.monotonic() < until, f"{said} did not come true within {within_s:g} s"
        time.sleep(0.02)
    return found


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Postgres and Valkey, running."""

    home: Home
    postgres: Postgres
    valkey: Valkey

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.valkey.url}

    @contextmanager
    def book(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            yield connection

    @contextmanager
    def memory(self) -> Iterator["redis.Redis"]:
        with redis.Redis.from_url(self.valkey.url) as client:
            yield client


@contextmanager
def stores() -> Iterator[Stores]:
    """Start Postgres and Valkey in a home of their own; both are gone at the end."""
    with folder("sct-") as path:
        home = Home(path=path)
        home.logs.mkdir()
        started = Stores(home=home, postgres=Postgres(home=home), valkey=Valkey(home=home))
        try:
            started.postgres.start()
            started.valkey.start()
            yield started
        finally:
            started.valkey.stop()
            started.postgres.stop()


@contextmanager
def folder(prefix: str) -> Iterator[Path]:
    """Make a temporary folder with a short path, for sockets, that Postgres' user may pass."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))  # short, for sockets
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def providers_file(path: Path, *, urls: Mapping[str, str]) -> Path:
    """Write a providers file: all models of the fake provider, and of the odd one."""
    models = {
        "fake": [
            *((name, "chat") for name in behaviors.BEHAVIORS),
            ("fake-embedding", "embeddings"),
        ],
        "odd": [(name, "chat") for name in odd.ANSWERS],
    }
    lines = []
    for vendor, base_url in urls.items():
        lines += ["[[providers]]", f'name = "{vendor}"', f'base_url = "{base_url}"']
        for name, kind in models[vendor]:
            lines += ["[[providers.models]]", f'name = "{name}"', f'kind = "{kind}"', _PRICES]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@dataclass(kw_only=True)
class Product:
    """The product's processes on one set of stores.

    `prefix` separates everything in Redis (queue, flights, L1) from another product's.
    """

    stores: Stores
    folder: Path
    provider_urls: Mapping[str, str]
    prefix: str = field(default_factory=lambda: f"t{secrets.token_hex(4)}")
    settings: Mapping[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    webs: list["Web"] = field(default_factory=list)
    workers: list[Child] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self.stores.environment,
            **TIMES,
            **UNDRAWN,
            "SEMCACHE_HOME": str(self.stores.home.path),
            "SEMCACHE_PROVIDERS": str(self.folder / "providers.toml"),
            "SEMCACHE_KEY_PREFIX": self.prefix,
            **self.settings,
        }

    @property
    def web(self) -> "Web":
        return self.webs[0]

    def prepare(self) -> None:
        """Write the providers file, migrate, issue a key to each of the cast."""
        providers_file(self.folder / "providers.toml", urls=self.provider_urls)
        done = self._python("-c", _PREPARE, json.dumps(CAST))
        assert done.returncode == 0, done.stderr
        self.keys = json.loads(done.stdout)

    def manage(self, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command of manage.py to its end."""
        return self._python(str(CHECKOUT / "manage.py"), *words, typed=typed)

    def start_web(self) -> "Web":
        """Start one more web process; return without waiting for it."""
        program, *_ = self._lineup(ports.free()).programs()
        made = Web(child=self._started(program, f"web{len(self.webs)}"), program=program)
        self.webs.append(made)
        return made

    def start_worker(self) -> Child:
        """Start one more worker, of all queues; return without waiting for it."""
        _, worker, *_ = self._lineup(0).programs()
        everything = replace(worker, command=(*worker.command, "batch", "background"))
        self.workers.append(self._started(everything, f"worker{len(self.workers)}"))
        return self.workers[-1]

    def start(self) -> None:
        """Start a worker and a web process, and wait until requests are answered."""
        self.start_worker()
        self.start_web().wait_until_ready()

    def kill_webs(self) -> None:
        """End all web processes by SIGKILL."""
        for web in self.webs:
            _kill(web.child)
        self.webs.clear()

    def kill_workers(self) -> None:
        """End all workers by SIGKILL."""
        for worker in self.workers:
            _kill(worker)
        self.workers.clear()

    def stop(self) -> None:
        """End all processes at once; that they end in good order is test_up's to see."""
        self.kill_webs()
        self.kill_workers()

    def log(self) -> str:
        """Everything the processes of this product wrote."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')}" for path in logs)

    def flights(self, memory: "redis.Redis") -> list[str]:
        """Name what Redis holds about flights that are in the air."""
        held = [name.decode() for name in memory.scan_iter(f"{self.prefix}:*", count=1000)]
        roles = (":claim", ":run:", ":readers:")
        return [name for name in held if any(role in name for role in roles)]

    def _lineup(self, port: int) -> Lineup:
        return Lineup(
            home=self.stores.home,
            host="127.0.0.1",
            port=port,
            server="granian",
            worker_threads=32,
            background_threads=4,
        )

    def _started(self, program: Program, name: str) -> Child:
        named = replace(
            program,
            environment={**program.environment, **self.environment},
            log=self.folder / f"{name}.log",
        )
        child = Child(named, mark=secrets.token_hex(8))
        child.start()
        return child

    def _python(self, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *words],
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("SEMCACHE_")},
                **self.environment,
                "DJANGO_SETTINGS_MODULE": "core.settings",
                "PYTHONPATH": str(CHECKOUT),
                "COLUMNS": "200",
            },
            input=typed,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@dataclass(kw_only=True)
class Web:
    """One web process."""

    child: Child
    program: Program

    @property
    def port(self) -> int:
        words = list(self.program.command)
        return int(words[words.index("--port") + 1])

    @property
    def root_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            assert not self.child.has_ended(), self.child.program.log.read_text()
            return probe.answers(f"{self.root_url}/readyz")

        eventually(ready, within_s=START_S, what=f"{self.root_url}/readyz")


def _kill(child: Child) -> None:
    child.kill()
    child.stop(patience_s=5.0)


@contextmanager
def product(
    stores: Stores, *, provider_urls: Mapping[str, str], **settings: str
) -> Iterator[Product]:
    """Prepare a product; whatever of it the caller starts is stopped at the end."""
    with folder("scp-") as path:
        made = Product(stores=stores, folder=path, provider_urls=provider_urls, settings=settings)
        made.prepare()
        try:
            yield made
        finally:
            made.stop()
