import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from semcache.errors import CacheFaultError
from semcache.levels.calibrations import Calibrations, Taught
from semcache.levels.labels import Labels
from semcache.wiring import stores


class Command(BaseCommand):
    help = (
        "Learn from the labels of the audit, now: new weights and thresholds for every tenant and "
        "category with new labels. The scheduler does so every minute."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", help="this tenant only")

    def handle(self, *, tenant: str | None, **_: Any) -> None:
        try:
            taught = asyncio.run(_refresh(tenant))
        except CacheFaultError as error:
            raise CommandError(str(error)) from error
        if not taught:
            self.stdout.write("There are no new labels.")
            return
        Console().print(_table(taught))


async def _refresh(tenant: str | None) -> list[Taught]:
    async with stores.opened() as opened:
        labels = Labels(pool=opened.pool)
        return await Calibrations(pool=opened.pool, labels=labels).refresh(tenant=tenant)


def _table(taught: list[Taught]) -> Table:
    table = Table("tenant", "category", "labels", "least probability at a bound", "")
    for place in taught:
        bounds = ", ".join(f"{least:.4f} at {error:.1%}" for error, least in place.thresholds)
        words = "changed" if place.changed else "as before"
        if place.waits:
            words = f"waits for labels since the alarm; floor {place.floor:.4f}"
        category = place.category or "all"
        table.add_row(
            place.tenant, category, str(place.labels), bounds or "the pooled model's", words
        )
    return table
