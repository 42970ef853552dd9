"""What a scenario found: the table for people and the JSON document for machines."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks import goals, measure


@dataclass(slots=True, kw_only=True)
class Findings:
    """Figures by name, with the spread of those that come from rounds, and remarks in words.

    `interrupted` says that Ctrl-C ended it and that these are figures of a part. `tabled`: the
    scenario printed tables of its own, and the figures are too many for another one.
    """

    figures: dict[str, float] = field(default_factory=dict)
    spreads: dict[str, measure.Spread] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    interrupted: bool = False
    tabled: bool = False

    def add(self, name: str, value: float) -> None:
        """Note a figure; one that could not be measured (NaN) is left out."""
        if math.isfinite(value):
            self.figures[name] = value

    def add_rounds(self, name: str, rounds: list[float]) -> None:
        """Note the median of rounds, with their spread."""
        summed = measure.spread(rounds)
        self.add(name, summed.median)
        if name in self.figures:
            self.spreads[name] = summed


def missed(findings: Findings, *, bounds: tuple[goals.Goal, ...]) -> list[goals.Goal]:
    return [goal for goal in bounds if not goal.met(findings.figures.get(goal.figure))]


def document(
    findings: Findings,
    *,
    scenario: str,
    bounds: tuple[goals.Goal, ...],
    machine: dict[str, Any],
    versions: dict[str, str],
    seed: int,
) -> dict[str, Any]:
    """Build the document that `--json` writes; see docs/reference/benchmarks.md."""
    return {
        "scenario": scenario,
        "figures": findings.figures,
        "goals": {goal.figure: goal.bound for goal in bounds},
        "machine": machine,
        "versions": versions,
        "seed": seed,
        "directions": {goal.figure: ">=" if goal.at_least else "<=" for goal in bounds},
        "missed": [goal.figure for goal in missed(findings, bounds=bounds)],
        "spreads": {name: [summed.low, summed.high] for name, summed in findings.spreads.items()},
    }


def write(content: dict[str, Any], *, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")


def show(
    findings: Findings, *, scenario: str, bounds: tuple[goals.Goal, ...], console: Console
) -> None:
    """Print the figures beside their goals, then say which goals were missed."""
    by_figure = {goal.figure: goal for goal in bounds}
    shown = {
        name: value
        for name, value in findings.figures.items()
        if name in by_figure or not findings.tabled
    }
    table = Table(title=scenario, title_justify="left")
    table.add_column("figure", overflow="fold")
    for heading in ("value", "lowest", "highest", "goal"):
        table.add_column(heading, justify="right")
    for name, value in shown.items():
        summed = findings.spreads.get(name)
        edges = (number(summed.low), number(summed.high)) if summed else ("", "")
        table.add_row(name, number(value), *edges, _verdict(by_figure.get(name), value))
    console.print(table)
    for remark in findings.remarks:
        console.print(remark, markup=False, soft_wrap=True)
    for goal in missed(findings, bounds=bounds):
        found = findings.figures.get(goal.figure)
        told = "was not measured" if found is None else f"is {number(found)}"
        console.print(
            f"MISSED: {goal.figure} {told}, the goal is {goal.words}", markup=False, soft_wrap=True
        )
    if bounds and not missed(findings, bounds=bounds):
        console.print("Every goal was met.")


def number(value: float) -> str:
    """Write a figure with as many digits as it deserves."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _verdict(goal: goals.Goal | None, value: float) -> str:
    if goal is None:
        return ""
    return f"{goal.words} {'met' if goal.met(value) else 'MISSED'}"
