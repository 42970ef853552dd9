import asyncio
from argparse import ArgumentParser
from typing import Any

import orjson
import psycopg
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from semcache import conf
from semcache.errors import SemcacheError
from semcache.policy.identities import Identities
from semcache.types.explanation import Explanation, Look, Provenance
from semcache.wiring import stores, web
from semcache.wiring.insight import Insight

_VERDICTS = {True: "right", False: "wrong", None: "nothing to compare"}


class Command(BaseCommand):
    help = (
        "Say why a request hit or missed: its candidates with similarity, vetoes and probability, "
        "the threshold in force and where it came from, what the audit found, and what other "
        "thresholds would have done. Knows the requests of all tenants."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("request_id", help="what the response said in x-request-id")
        parser.add_argument("--tenant", help="look among this tenant's requests only")
        parser.add_argument("--json", action="store_true", help="print it as the endpoint does")

    def handle(self, *, request_id: str, tenant: str | None, json: bool, **_: Any) -> None:
        try:
            explanation = asyncio.run(_explain(request_id, tenant))
        except (SemcacheError, psycopg.Error) as error:
            raise CommandError(str(error)) from error
        if json:
            self.stdout.write(orjson.dumps(explanation, option=orjson.OPT_INDENT_2).decode())
        else:
            _show(explanation, Console())


async def _explain(request_id: str, tenant: str | None) -> Explanation:
    async with stores.opened() as opened:
        insight = Insight(opened, defaults=web.defaults(conf.load()))
        return await insight.explaining.explain_to_operator(
            request_id, tenant=tenant, identify=Identities(pool=opened.pool).of_tenant
        )


def _show(said: Explanation, console: Console) -> None:
    console.print(_facts(said))
    if said.candidates:
        console.print(_candidates(said))
        for place, look in enumerate(said.candidates, start=1):
            measured = ", ".join(f"{name} {value:.3g}" for name, value in look.features.items())
            console.print(f"features of {place}: {measured}", markup=False, highlight=False)
    if said.what_if:
        console.print(_alternatives(said))


def _facts(said: Explanation) -> Table:
    """List what there is one of."""
    several = f", the newest of {said.rows} with this id" if said.rows > 1 else ""
    rows = {
        "request": f"{said.request_id} at {said.at:%Y-%m-%d %H:%M:%S} UTC{several}",
        "tenant": f"{said.tenant} / {said.namespace}" if said.namespace else said.tenant,
        "model": said.model,
        "source": said.source,
        "category": said.category,
        "asked": said.asked or "(not kept)",
    }
    if said.entry:
        rows["served"] = f"{said.entry}, {_origin(said.origin)}"
    if said.similarity is not None:
        rows["sure"] = f"similarity {said.similarity:.4f}, probability {said.probability or 0:.4f}"
    if found := said.decision:
        rows["decided by"] = f"{found.decider}, max_error {found.max_error:g}"
        rows["threshold"] = f"{found.threshold:.4f} ({found.basis})"
        rows["version"] = found.policy
    rows["audit"] = "drawn" if said.drawn else "not drawn"
    for label in said.labels:
        rows[f"label: {label.witness}"] = f"{_VERDICTS[label.correct]}. {label.reason}"
    if said.shadow:
        would = said.shadow.served or "a miss"
        rows["shadow"] = f"{said.shadow.decider} at {said.shadow.threshold:.4f}: {would}"
    if said.shadow_encoder:
        would = said.shadow_encoder.served or "a miss"
        rows["other encoder"] = f"{said.shadow_encoder.name}: {would}"
    table = Table(show_header=False)
    for name, value in rows.items():
        table.add_row(name, _plain(value))
    return table


def _candidates(said: Explanation) -> Table:
    columns = ("", "question", "similarity", "probability", "verdict", "entry", "made")
    table = Table(*columns, title="Candidates", title_justify="left")
    for place, look in enumerate(said.candidates, start=1):
        table.add_row(
            str(place),
            _plain(look.text),
            f"{look.similarity:.4f}",
            f"{look.probability:.4f}",
            _plain(_reasons(look)),
            look.entry,
            _origin(look.origin),
        )
    return table


def _reasons(look: Look) -> str:
    vetoes = [f"{one.veto}: {one.reason}" for one in look.vetoes]
    return ("served: " if look.served else "") + ("; ".join(vetoes) or look.reason)


def _alternatives(said: Explanation) -> Table:
    columns = ("decider", "max_error", "threshold", "from", "would have served")
    table = Table(*columns, title="What others would have done", title_justify="left")
    for other in said.what_if:
        bound = "" if other.max_error is None else f"{other.max_error:g}"
        served = other.served or "a miss"
        table.add_row(other.decider, bound, f"{other.threshold:.4f}", other.basis, served)
    return table


def _origin(origin: Provenance | None) -> str:
    if origin is None:
        return "no more in the cache"
    return f"by {origin.model} for {origin.request_id} at {origin.created_at:%Y-%m-%d %H:%M:%S}"


def _plain(text: str) -> str:
    """Keep what people wrote from being read as rich's markup."""
    return text.replace("[", r"\[")
