"""Run the whole product on one machine, in the foreground, until Ctrl-C."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import product
from core.env import BadSettingError
from core.ports import PortTakenError
from core.supervision.errors import StartError, StopAskedError, SupervisionError
from semcache.errors import ConfigurationError

REFUSALS = (SupervisionError, PortTakenError, BadSettingError, ConfigurationError, OSError)


class Command(BaseCommand):
    help = (
        "Run the whole product in the foreground: embedded Postgres, Valkey and local model "
        "(unless DATABASE_URL, REDIS_URL, SEMCACHE_PROVIDERS name others), migrations, "
        "a first key, then web, workers and scheduler. Ctrl-C stops everything it started. "
        "HOST and PORT say where it answers, SEMCACHE_HOME where it keeps data, key and logs."
    )
    requires_system_checks: list[str] = []  # the database is not there yet

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run until a signal asks for the end."""
        try:
            product.run(say=self._say)
        except StopAskedError:
            self._say("stopped before it was up")
        except StartError as error:
            raise CommandError(f"{error}\nThe end of {error.log}:\n\n{error.excerpt}\n") from error
        except REFUSALS as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        """Print a line; a terminal that was closed must not keep us from stopping in order."""
        try:
            self.stdout.write(line)
            self.stdout.flush()
        except (OSError, ValueError):
            return
