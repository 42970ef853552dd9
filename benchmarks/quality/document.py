"""A run on paper: Markdown, JSON and two plots in a folder of its own."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.quality import metrics, plots, policies
from benchmarks.quality.plots import Axis, Series
from benchmarks.quality.sheets import Sheet
from benchmarks.quality.trial import Book

_DEEPEST_ERROR = 0.10
_PARTS = 10


def folder(base: Path, *, name: str, now: datetime) -> Path:
    return base / f"quality-{now:%Y-%m-%d}-{name}"


def write(
    where: Path,
    *,
    name: str,
    command: str,
    sheets: Sequence[Sheet],
    content: dict[str, Any],
    book: Book,
    remarks: Sequence[str],
) -> None:
    """Write a set's report; the plots only where streams were measured.

    Args:
        command: the line that made it.
        content: the document of `report.document`, with this set's figures.
    """
    where.mkdir(parents=True, exist_ok=True)
    drawn = _plots(name, book=book)
    for file, svg in drawn.items():
        (where / file).write_text(svg, encoding="utf-8")
    machine, versions = content["machine"], content["versions"]
    made = (
        f"{machine['measured_at']}, commit {versions['commit']}, {machine['cpu']}, "
        f"{machine['cores']} cores, {machine['busy_before']:.0%} busy before."
    )
    lines = [
        f"# Quality: {name}\n",
        f"`{command}`\n",
        f"{made}\n",
        *(f"{remark}\n" for remark in remarks),
        *(f"![{Path(file).stem.replace('_', ' ')}]({file})\n" for file in drawn),
        *(sheet.markdown() for sheet in sheets),
    ]
    (where / "report.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    report.write(content, path=where / "figures.json")


def _plots(name: str, *, book: Book) -> dict[str, str]:
    if not book.runs.get(name):
        return {}
    return {
        "hits_against_error.svg": _hits_against_error(name, book=book),
        "error_against_fill.svg": _error_against_fill(name, book=book),
    }


def _hits_against_error(name: str, *, book: Book) -> str:
    """Draw a line for each way of scoring, and a mark for each fixed point."""
    series = []
    for policy, curve in book.curves[name].items():
        run = book.runs[name][policy]
        if policy in {policies.ORACLE, *policies.STATICS}:
            point = (metrics.errors(run).value, metrics.hits(run).value)
            series.append(Series(name=policy, points=[point], marks=True))
        else:
            points = list(zip(curve.errors.tolist(), curve.hits.tolist(), strict=True))
            series.append(Series(name=policy, points=points))
    return plots.chart(
        f"{name}: hits against error",
        x=Axis(title="wrong hits, of all requests", high=_DEEPEST_ERROR),
        y=Axis(title="hits, of all requests", high=1.0),
        series=series,
    )


def _error_against_fill(name: str, *, book: Book) -> str:
    series, highest, fullest = [], 0.02, 1.0
    for policy, run in book.runs[name].items():
        if policy == policies.ORACLE:
            continue
        parts = np.array_split(np.arange(len(run)), min(_PARTS, max(1, len(run))))
        points = [(float(run.stored[part[-1]]), float(run.wrong[part].mean())) for part in parts]
        highest = max(highest, *(error for _, error in points))
        fullest = max(fullest, points[-1][0])
        series.append(Series(name=policy, points=points))
    return plots.chart(
        f"{name}: error against cache fill",
        x=Axis(title="stored entries", high=fullest, percent=False),
        y=Axis(title="wrong hits, of all requests", high=min(1.0, highest * 1.05)),
        series=series,
    )
