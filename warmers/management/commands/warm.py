import asyncio
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from semcache.errors import SemcacheError
from semcache.wiring import process
from warmers import planner
from warmers.runner import Fate, Runner, Warmed
from warmers.sources.base import Prompt
from warmers.sources.file import FileSource

_REASONS_SHOWN = 10


class Command(BaseCommand):
    help = (
        "Ask the prompts of a file before anyone does, so that their answers are in the cache. "
        "FILE holds one prompt a line, or JSON lines of messages. It goes through the gateway at "
        "background priority; what is cached already costs nothing. Ctrl-C keeps what is done, "
        "and the same command goes on from there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--tenant", default="default", help="whose cache (default)")
        parser.add_argument("--model", help="whom to ask (the first chat model configured)")
        parser.add_argument("--namespace", default="", help="where to keep the answers")
        parser.add_argument("--at-once", type=int, default=4, help="prompts in flight (4)")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            prompts = list(planner.plan(FileSource(file).prompts()))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        if not prompts:
            raise CommandError(f"{file} holds no prompts.")
        try:
            fates = asyncio.run(self._warm(prompts, **options))
        except SemcacheError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped; what was generated is kept.") from None
        self.stdout.write(", ".join(f"{fates[fate]} {fate}" for fate in Fate))
        if fates[Fate.FAILED]:
            raise CommandError(f"{fates[Fate.FAILED]} of {len(prompts)} prompts failed.")

    async def _warm(
        self,
        prompts: list[Prompt],
        *,
        tenant: str,
        model: str | None,
        namespace: str,
        at_once: int,
        **_: Any,
    ) -> "Counter[Fate]":
        async with process.front() as web:
            runner = Runner(
                gateway=web.chat,
                identity=await web.identities.of_tenant(tenant),
                model=model or web.catalog.models("chat")[0],
                namespace=namespace,
                at_once=max(1, at_once),
            )
            columns = (TextColumn("warming"), BarColumn(), MofNCompleteColumn())
            with Progress(*columns, TimeRemainingColumn(), transient=True) as progress:
                bar = progress.add_task("warming", total=len(prompts))
                failures = 0

                def tell(warmed: Warmed) -> None:
                    nonlocal failures
                    progress.advance(bar)
                    failures += warmed.fate is Fate.FAILED
                    if warmed.fate is Fate.FAILED and failures <= _REASONS_SHOWN:
                        progress.console.print(f"{warmed.prompt.where}: {warmed.reason}")

                return await runner.run(prompts, tell=tell)
