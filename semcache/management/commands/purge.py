import asyncio
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import Progress

from semcache.errors import CacheFaultError
from semcache.invalidation import Invalidation, Target
from semcache.wiring import stores


class Command(BaseCommand):
    help = (
        "Delete entries from Postgres, Redis and every index. Says how many it would delete; "
        "--yes deletes them. The conditions are joined by AND; one at least, or --all."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="all entries of all tenants")
        parser.add_argument("--tenant", help="entries of this tenant")
        parser.add_argument("--namespace", help="entries in this namespace")
        parser.add_argument("--model", help="answers of this model")
        parser.add_argument("--tag", help="entries with this tag")
        parser.add_argument("--handle", help="the one entry a response named in x-semcache-entry")
        parser.add_argument(
            "--older-than-s", type=float, help="generated more seconds ago than this"
        )
        parser.add_argument("--yes", action="store_true", help="really delete")

    def handle(self, *, yes: bool, **options: Any) -> None:
        names = Target.__dataclass_fields__
        target = Target(**{name: options[name] for name in names})
        narrowed = any(value is not None for value in asdict(target).values())
        if narrowed == options["all"]:
            raise CommandError("Name at least one condition, or --all (and not both).")
        try:
            asyncio.run(self._purge(target, yes=yes))
        except CacheFaultError as error:
            raise CommandError(f"{error} Repeat the command when it is back.") from error

    async def _purge(self, target: Target, *, yes: bool) -> None:
        async with stores.opened() as opened:
            invalidation = Invalidation(pool=opened.pool, exact=opened.exact)
            count = await invalidation.count(target)
            if not yes:
                self.stdout.write(f"{count} entries would be deleted; --yes deletes them.")
                return
            deleted = 0
            with Progress(transient=True) as progress:
                bar = progress.add_task("deleting", total=count)
                async for deleted in invalidation.purge(target):
                    progress.update(bar, completed=deleted)
            self.stdout.write(f"{deleted} entries deleted.")
