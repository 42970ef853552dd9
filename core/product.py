"""The whole product on one machine: services, preparation, processes, and the end of it all."""

import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from core import banner, env, ports
from core.home import Home, Services
from core.lineup import Lineup
from core.services.base import Service
from core.services.model import Model
from core.services.postgres import Postgres
from core.services.valkey import Valkey
from core.supervision import lock, roster
from core.supervision.errors import SupervisionError
from core.supervision.interrupts import Interrupts
from core.supervision.roster import Roster
from core.supervision.supervisor import Supervisor
from semcache.providers import catalog

SERVICES_TIMEOUT_S = 120.0
PREPARATION_TIMEOUT_S = 300.0  # a migration may have to rewrite a table
PROCESSES_TIMEOUT_S = 180.0


def run(*, say: Callable[[str], None]) -> None:
    """Start everything, say where it answers, keep it running, stop it when asked.

    Raises:
        SupervisionError: something does not start; what had started is stopped again.
        PortTakenError: nobody can listen on PORT; nothing was started.
        BadSettingError, ConfigurationError: a variable or the providers file cannot be meant.
    """
    if sys.platform != "linux":
        raise SupervisionError("The embedded services and `up` need Linux.")
    home = _made(Home.from_environment())
    lineup = Lineup.from_environment(home)
    model = _first_chat_model()
    with lock.held(home.path / "up.lock", base_url=lineup.base_url), Interrupts() as interrupts:
        if count := roster.clear_away(home.path / "run.json"):
            say(f"cleared away {count} processes of a run that was killed")
        ports.check_free(host=lineup.host, port=lineup.port)
        kept = Roster(path=home.path / "run.json", mark=secrets.token_hex(16))
        supervisor = Supervisor(interrupts=interrupts, roster=kept, say=say)
        try:
            _start(supervisor, lineup, model=model, say=say)
            supervisor.watch()
        finally:
            say("stopping (once more to stop at once)")
            supervisor.stop()
        say("stopped")


def _start(
    supervisor: Supervisor, lineup: Lineup, *, model: str, say: Callable[[str], None]
) -> None:
    services = _services(lineup.home)
    urls = {service.name: service.url for service in services}
    lineup.home.record(
        Services(
            database_url=urls.get("postgres", ""),
            redis_url=urls.get("valkey", ""),
            model_url=urls.get("model", ""),
        )
    )
    say("starting " + (", ".join(urls) or "no embedded services: all are configured"))
    supervisor.start([service.program() for service in services], timeout_s=SERVICES_TIMEOUT_S)
    say("bringing the database up to date")
    supervisor.run(lineup.preparation(), timeout_s=PREPARATION_TIMEOUT_S)
    programs = lineup.programs()
    say("starting " + ", ".join(program.name for program in programs))
    supervisor.start(programs, timeout_s=PROCESSES_TIMEOUT_S)
    say(
        banner.text(
            base_url=lineup.base_url,
            key_file=lineup.home.dev_key,
            logs=lineup.home.logs,
            model=model,
        )
    )


def _first_chat_model() -> str:
    """Return the model for the examples; a providers file that cannot be meant is refused here."""
    path = env.text("SEMCACHE_PROVIDERS")
    chosen = catalog.read(Path(path)) if path else catalog.embedded("")
    return next(iter(chosen.models("chat")), "YOUR_MODEL")


def _services(home: Home) -> Sequence[Service]:
    """Return the services that nobody has configured elsewhere."""
    kinds: list[tuple[type[Service], str]] = [
        (Postgres, env.secret("DATABASE_URL")),
        (Valkey, env.secret("REDIS_URL")),
        (Model, env.text("SEMCACHE_PROVIDERS")),
    ]
    return [kind(home=home) for kind, elsewhere in kinds if not elsewhere]


def _made(home: Home) -> Home:
    """Make the home's folders; others may pass through where we are root, for Postgres' user."""
    if not home.path.exists():
        home.path.mkdir(parents=True)
        home.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
    home.logs.mkdir(mode=0o700, exist_ok=True)
    return home
