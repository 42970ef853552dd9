import json
import random
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from embeddings.errors import EmbeddingsError
from semcache import conf
from semcache.errors import SemcacheError
from semcache.levels import held_out
from semcache.levels.held_out import Pair
from semcache.levels.training import Order
from semcache.levels.verifier import Report, Row
from semcache.models import Label
from semcache.wiring import second_looks

LEAST, LEAST_HELD = 200, 20
"""Pairs that are wanted in all; and of either kind, right and wrong, among those held out."""


class Command(BaseCommand):
    help = (
        "Train a cross-encoder for the second look on the labels that were collected, and on files "
        "of pairs; and report, on pairs it was not trained on, whether it is better than the pair "
        "model in use. Only a folder with such a report can be set as SEMCACHE_CROSS_ENCODER."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--tenant", help="labels of this tenant only")
        add("--base", default="all-MiniLM-L6-v2", help="what to start from: a name or a folder")
        add("--pairs", type=Path, nargs="+", default=[], metavar="FILE", help="{a, b, label} lines")
        add("--out", type=Path, default=Path("verifier"), help="the folder to write (./verifier)")
        add("--epochs", type=int, default=2, help="0 only measures the base (2)")
        add("--seed", type=int, default=1, help="of the split and of the training (1)")
        add("--held-out", type=float, default=0.3, help="share of the pairs to report on (0.3)")
        add("--limit", type=int, default=5_000, help="pairs to use, at most (5000)")

    def handle(self, *, base: str, out: Path, epochs: int, seed: int, **options: Any) -> None:
        learned, held = _parts(seed=seed, **options)
        if Path(base).is_dir() and Path(base).resolve() == out.resolve():
            raise CommandError("--out is --base; name another folder.")
        order = Order(base=base, out=out, epochs=max(0, epochs), seed=seed)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeRemainingColumn(), transient=True) as progress:
            bar = progress.add_task("loading", total=None)

            def tell(what: str, done: int, of: int) -> None:
                progress.update(bar, description=what, completed=done, total=of)

            try:
                training = second_looks.training(conf.load(), progress=tell)
                report = training.run(learned, held, order=order)
            except (EmbeddingsError, SemcacheError, OSError) as error:
                raise CommandError(str(error)) from error
            except KeyboardInterrupt:
                raise CommandError(f"Stopped; {out} cannot be used.") from None
        _show(report, out=out)


def _parts(
    *, seed: int, tenant: str | None, pairs: list[Path], limit: int, **options: Any
) -> tuple[list[Pair], list[Pair]]:
    """Gather the pairs, and part them into those to learn from and those held out."""
    share = float(options["held_out"])
    if not 0.0 < share < 1.0:
        raise CommandError(f"--held-out lies between 0 and 1, not {share:g}.")
    found = held_out.unique([*_labels(tenant), *(pair for path in pairs for pair in _file(path))])
    if len(found) < LEAST:
        raise CommandError(
            f"There are {len(found)} labelled pairs, of which {_wrong(found)} are wrong; "
            f"{LEAST} are wanted. Let the audit collect more, or add some with --pairs FILE."
        )
    if len(found) > limit:
        found = random.Random(seed).sample(found, limit)
    learned, held = held_out.split(found, share=share, seed=seed)
    fewer = min(_wrong(held), len(held) - _wrong(held))
    if fewer < LEAST_HELD or not learned:
        raise CommandError(
            f"Of the {len(held)} pairs that would be held out {_wrong(held)} are wrong; "
            f"{LEAST_HELD} of either kind are wanted. Add pairs of the kind that is missing."
        )
    return learned, held


def _labels(tenant: str | None) -> Iterator[Pair]:
    """Read what is known of pairs, whoever witnessed it."""
    narrowed = {"tenant__name": tenant} if tenant else {}
    known = Label.objects.filter(correct__isnull=False, **narrowed)
    for label in known.exclude(asked="").exclude(stored="").order_by("id").iterator():
        yield Pair(
            asked=label.asked,
            stored=label.stored,
            right=bool(label.correct),
            source="labels",
            features=tuple(label.features),
        )


def _file(path: Path) -> Iterator[Pair]:
    """Read lines of {"a": stored, "b": asked, "label": 0 or 1}."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        try:
            said = json.loads(line)
            stored, asked, right = said["a"], said["b"], said["label"]
        except (ValueError, TypeError, KeyError) as error:
            wanted = '{"a": text, "b": text, "label": 0 or 1}'
            raise CommandError(f"{path}, line {number}: expected {wanted}.") from error
        if not (isinstance(stored, str) and isinstance(asked, str) and right in (0, 1)):
            raise CommandError(f"{path}, line {number}: a and b are texts, label is 0 or 1.")
        yield Pair(asked=asked, stored=stored, right=bool(right), source=path.name)


def _wrong(pairs: list[Pair]) -> int:
    return sum(not pair.right for pair in pairs)


def _show(report: Report, *, out: Path) -> None:
    console = Console()
    console.print(_table(report))
    for zone in report.gray:
        console.print(
            f"gray zone at max_error {zone.max_error:g}: of {zone.right} right and {zone.wrong} "
            f"wrong pairs a second look serves {zone.right_served} and {zone.wrong_served}; as "
            f"lax, the pair model alone would serve {zone.instead} right ones"
        )
    bounds = ", ".join(f"{least:.4f} at {error:g}" for error, least in report.thresholds)
    console.print(f"to be exceeded: {bounds or 'too few pairs for any bound'}")
    console.print(f"written: {out}", soft_wrap=True)
    if report.beats:
        console.print(f"To use it, set SEMCACHE_CROSS_ENCODER=sentence:{out.resolve()}")
    else:
        console.print("It is no better than the pair model in use, and will be refused.")


def _table(report: Report) -> Table:
    shares = [f"at {one.traps_share:.0%} of the traps" for one in report.rows[0].served]
    title = f"Should-hits served on {report.held_out} held-out pairs"
    table = Table("score", "AUC", *shares, title=title, title_justify="left")
    for row in report.rows:
        table.add_row(row.name, f"{row.auc:.3f}", *_cells(row))
    return table


def _cells(row: Row) -> list[str]:
    return [
        f"{one.right / max(1, one.of):.1%} ({one.low:.1%} to {one.high:.1%})" for one in row.served
    ]
