import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from semcache.errors import CacheFaultError
from semcache.ledger.shadows import Shadows, Way
from semcache.levels.verify import intervals
from semcache.wiring import stores

_NAMES = {"live": "live", "policy": "shadow policy", "encoder": "shadow encoder"}


class Command(BaseCommand):
    help = (
        "Show what the shadow policy and the shadow encoder would have served beside what was "
        "served, with hit rates and, from drawn requests, error rates with 95 %% intervals."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", help="this tenant only")
        parser.add_argument("--hours", type=int, default=24, help="how far to look back (24)")

    def handle(self, *, tenant: str | None, hours: int, **_: Any) -> None:
        try:
            ways = asyncio.run(_report(tenant, hours))
        except CacheFaultError as error:
            raise CommandError(str(error)) from error
        if not ways:
            self.stdout.write("No request of that time had a shadow.")
            return
        Console().print(_table(ways, hours=hours))


async def _report(tenant: str | None, hours: int) -> list[Way]:
    async with stores.opened() as opened:
        return await Shadows(pool=opened.pool).report(hours=hours, tenant=tenant)


def _table(ways: list[Way], *, hours: int) -> Table:
    columns = (
        "who decides",
        "requests",
        "hits",
        "hit rate",
        "known",
        "wrong",
        "error rate",
        "95 %",
    )
    title = f"Requests with a shadow in the last {hours} hours"
    table = Table(*columns, title=title, title_justify="left")
    for way in ways:
        ends = intervals.clopper_pearson(way.wrong, way.known)
        table.add_row(
            _NAMES[way.name],
            str(way.requests),
            str(way.hits),
            f"{way.hits / way.requests:.1%}",
            str(way.known),
            str(way.wrong),
            f"{way.wrong / way.known:.2%}" if way.known else "",
            f"{ends.low:.2%} to {ends.high:.2%}",
        )
    return table
