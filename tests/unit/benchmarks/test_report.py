import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks import report
from benchmarks.goals import Goal

FASTER = Goal(figure="rps", bound=0.5, at_least=True)
SHORTER = Goal(figure="p50_ms", bound=4.0)
BOUNDS = (FASTER, SHORTER)


def document(findings: report.Findings) -> dict[str, Any]:
    return report.document(
        findings,
        scenario="some",
        bounds=BOUNDS,
        machine={"cores": 2},
        versions={"python": "3.11"},
        seed=7,
    )


def shown(findings: report.Findings) -> str:
    console = Console(file=io.StringIO(), width=100)
    report.show(findings, scenario="some", bounds=BOUNDS, console=console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (FASTER, 0.5, True),
        (FASTER, 0.49, False),
        (SHORTER, 4.0, True),
        (SHORTER, 4.1, False),
        (SHORTER, None, False),
    ],
)
def test_a_goal_has_a_direction_and_its_bound_is_good_enough(
    goal: Goal, value: float | None, *, met: bool
) -> None:
    assert goal.met(value) is met


def test_the_document_has_the_agreed_fields(tmp_path: Path) -> None:
    findings = report.Findings()
    findings.add("rps", 0.7)
    findings.add_rounds("p50_ms", [5.0, 4.0, 9.0])
    path = tmp_path / "new" / "result.json"

    report.write(document(findings), path=path)

    written = json.loads(path.read_text())
    assert written["scenario"] == "some"
    assert written["figures"] == {"rps": 0.7, "p50_ms": 5.0}
    assert written["goals"] == {"rps": 0.5, "p50_ms": 4.0}
    assert (written["machine"], written["versions"]) == ({"cores": 2}, {"python": "3.11"})
    assert written["seed"] == 7
    assert written["spreads"] == {"p50_ms": [4.0, 9.0]}


def test_missed_goals_are_named_with_their_direction() -> None:
    findings = report.Findings(figures={"rps": 0.3, "p50_ms": 3.0})

    assert document(findings)["missed"] == ["rps"]
    assert document(findings)["directions"] == {"rps": ">=", "p50_ms": "<="}
    assert "MISSED: rps is 0.3, the goal is >= 0.5" in shown(findings)


def test_a_figure_that_was_not_measured_is_left_out_and_missed() -> None:
    findings = report.Findings(figures={"rps": 0.9})
    findings.add("p50_ms", math.nan)

    assert "p50_ms" not in document(findings)["figures"]
    assert "MISSED: p50_ms was not measured" in shown(findings)


def test_meeting_every_goal_is_said() -> None:
    findings = report.Findings(figures={"rps": 0.9, "p50_ms": 1.0})

    assert "Every goal was met." in shown(findings)


@pytest.mark.parametrize(
    ("value", "text"), [(3, "3"), (0.51234, "0.5123"), (12345.6, "12,346"), (1234, "1,234")]
)
def test_numbers_are_written_with_the_digits_they_deserve(value: float, text: str) -> None:
    assert report.number(value) == text
