import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import Progress

from embeddings.errors import EmbeddingsError
from semcache import conf
from semcache.errors import SemcacheError
from semcache.levels.reencoding import Reencoding
from semcache.wiring import encoders, stores, vendors


class Command(BaseCommand):
    help = (
        "Bring the vectors in step with SEMCACHE_ENCODER: encode every entry that lacks a vector "
        "of this encoder (all of them after a change of encoder), then build Postgres's vector "
        "index anew. Running processes follow by themselves. Can be stopped and run again."
    )

    def handle(self, **_: Any) -> None:
        try:
            done = asyncio.run(self._rebuild())
        except (SemcacheError, EmbeddingsError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped; what was encoded is kept. Run it again.") from None
        self.stdout.write(f"{done} entries encoded; the index is rebuilt.")

    async def _rebuild(self) -> int:
        settings = conf.load()
        encoder = encoders.build(settings, vendors.models(settings))
        async with stores.opened() as opened:
            reencoding = Reencoding(pool=opened.pool, encoder=encoder)
            done = 0
            with Progress(transient=True) as progress:
                bar = progress.add_task("encoding", total=await reencoding.count())
                async for done in reencoding.run():
                    progress.update(bar, completed=done)
            await reencoding.rebuild()
        return done
