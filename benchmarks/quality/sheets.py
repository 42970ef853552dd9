"""Tables, for a terminal and for Markdown."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.console import JustifyMethod
from rich.table import Table

from benchmarks.quality.metrics import Share


@dataclass(slots=True, kw_only=True)
class Sheet:
    """A titled table; `notes` are sentences below it, `examples` stand in the report only."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        self.rows.append(cells)

    def rich(self) -> Table:
        table = Table(
            title=self.title,
            title_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
            collapse_padding=True,
        )
        for place, column in enumerate(self.columns):
            side: JustifyMethod = "right" if place else "left"
            table.add_column(column, justify=side, no_wrap=not place, overflow="fold")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        lines = [
            f"## {self.title}\n",
            "| " + " | ".join(self.columns) + " |",
            "|---|" + "---:|" * (len(self.columns) - 1),
            *(
                "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
                for row in self.rows
            ),
        ]
        below = [*(f"{note}\n" for note in self.notes), *(f"- {one}" for one in self.examples)]
        return "\n".join([*lines, "", *below, ""])


def percent(value: float) -> str:
    """Write a share with as many digits as it deserves."""
    if math.isnan(value):
        return ""
    return f"{value:.1%}" if value >= 0.1 else f"{value:.2%}"


def between(share: Share) -> str:
    """Write a share and its exact interval."""
    if not share.total:
        return ""
    ends = share.exact
    return f"{percent(share.value)} ({percent(ends.low)} to {percent(ends.high)})"


def median(values: Sequence[float]) -> str:
    """Write the median of the seeds."""
    return percent(statistics.median(values)) if values else ""
