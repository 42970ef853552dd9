from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone
from rich.console import Console
from rich.table import Column, Table

from semcache.levels.verify import intervals
from semcache.models import Calibration, Entry, Label, UsageBucket
from semcache.types.outcome import Source

_HITS = (Source.EXACT, Source.SEMANTIC, Source.STALE, Source.COLLAPSED)


class Command(BaseCommand):
    help = (
        "Show what the cache holds and what it saved: entries per tenant and model; requests, "
        "hit rate, tokens and dollars per source over the last hours; what the audit says of the "
        "error, per tenant and category."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", help="this tenant only")
        parser.add_argument("--hours", type=int, default=24, help="how far to look back (24)")

    def handle(self, *, tenant: str | None, hours: int, **_: Any) -> None:
        console = Console()
        narrowed = {"tenant__name": tenant} if tenant else {}
        since = timezone.now() - timedelta(hours=hours)
        console.print(_entries(Entry.objects.filter(**narrowed)))
        usage = UsageBucket.objects.filter(hour_at__gte=since, **narrowed)
        console.print(_usage(usage, hours=hours))
        calibrations = Calibration.objects.filter(**narrowed)
        if calibrations:
            console.print(_calibrations(calibrations))
            conversations = _conversations(calibrations)
            if conversations.row_count:
                console.print(conversations)
        console.print(_rate(usage))


def _entries(entries: QuerySet[Entry]) -> Table:
    table = Table("tenant", "model", "entries", "by meaning", title="Entries", title_justify="left")
    rows = (
        entries.values("tenant__name", "model")
        .annotate(count=Count("id"), vectors=Count("embedding"))
        .order_by("tenant__name", "model")
    )
    for row in rows:
        table.add_row(row["tenant__name"], row["model"], str(row["count"]), str(row["vectors"]))
    return table


def _usage(usage: QuerySet[UsageBucket], *, hours: int) -> Table:
    columns = ("source", "requests", "errors", "tokens in", "tokens out", "cost $", "saved $")
    table = Table(
        *(Column(name, no_wrap=True) for name in columns),
        title=f"Requests of the last {hours} hours",
        title_justify="left",
    )
    counts = ("requests", "errors", "prompt_tokens", "completion_tokens")
    dollars = ("cost_usd", "saved_usd")
    totals = [Sum(name) for name in (*counts, *dollars)]
    rows = usage.values("source").annotate(*totals).order_by("source")
    for source, *sums in rows.values_list("source", *(f"{name}__sum" for name in counts + dollars)):
        shown = [str(value) for value in sums[: len(counts)]]
        table.add_row(source, *shown, *(f"{value:.6f}" for value in sums[len(counts) :]))
    return table


def _rate(usage: QuerySet[UsageBucket]) -> str:
    usage = usage.exclude(source=Source.AUDIT)
    total = usage.aggregate(n=Sum("requests"))["n"] or 0
    hits = usage.filter(source__in=_HITS).aggregate(n=Sum("requests"))["n"] or 0
    return f"Hit rate: {hits / total:.1%} of {total} requests." if total else "No requests yet."


def _calibrations(rows: QuerySet[Calibration]) -> Table:
    columns = ("tenant", "category", "drawn", "hits", "wrong", "error rate", "95 %", "alarm")
    table = Table(*columns, title="Drawn for the audit", title_justify="left")
    for row in rows.select_related("tenant").order_by("tenant__name", "category"):
        ends = intervals.clopper_pearson(row.wrong, row.drawn)
        counts = (str(row.drawn), str(row.hits), str(row.wrong))
        rate = f"{row.wrong / row.drawn:.2%}" if row.drawn else ""
        alarm = f"{row.alarm_at:%Y-%m-%d %H:%M}, floor {row.floor:.4f}" if row.alarm_at else ""
        category, interval = row.category or "all", f"{ends.low:.2%} to {ends.high:.2%}"
        table.add_row(row.tenant.name, category, *counts, rate, interval, alarm)
    return table


def _conversations(places: QuerySet[Calibration]) -> Table:
    """Show what comparing whole conversations would have served, and whether it may be."""
    columns = ("tenant", "drawn", "would-be hits", "wrong", "error rate", "95 %", "contextual")
    table = Table(*columns, title="Drawn requests with earlier turns", title_justify="left")
    for place in places.filter(category="").select_related("tenant").order_by("tenant__name"):
        labels = Label.objects.filter(tenant=place.tenant, witness="contextual")
        if place.alarm_at:
            labels = labels.filter(at__gt=place.alarm_at)
        drawn, hits = labels.count(), labels.filter(correct__isnull=False).count()
        wrong = labels.filter(correct=False).count()
        if not drawn:
            continue
        ends = intervals.clopper_pearson(wrong, drawn)
        interval = f"{ends.low:.2%} to {ends.high:.2%}"
        state = "supported" if place.contextual else "not supported"
        counts = (str(drawn), str(hits), str(wrong), f"{wrong / drawn:.2%}")
        table.add_row(place.tenant.name, *counts, interval, state)
    return table
