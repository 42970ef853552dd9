"""The command line: `python -m benchmarks NAME [--json FILE] [--seed N] ...`."""

import argparse
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks import machine, processes, report
from benchmarks.errors import CannotRunError
from benchmarks.scenarios import hot_path, miss, quality, quick, replay, semantic, startup, suite
from benchmarks.scenarios.base import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    quick.Quick(),
    hot_path.HotPath(),
    semantic.Semantic(),
    miss.Miss(),
    quality.Quality(),
    replay.Replay(),
    startup.Startup(),
    suite.Suite(),
)

DISTURBED = 0.15


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure Semcache. Each scenario prints a table and says which goals it "
        "missed; the exit status is 0 when it ran, also where a goal was missed.",
        epilog="See `python -m benchmarks NAME --help` and docs/reference/benchmarks.md.",
    )
    names = parser.add_subparsers(dest="name", metavar="NAME")
    for scenario in SCENARIOS:
        sub = names.add_parser(scenario.name, help=scenario.summary, description=scenario.summary)
        sub.add_argument("--json", type=Path, metavar="FILE", help="write the result there, too")
        sub.add_argument("--seed", type=int, default=1, help="of every random choice (1)")
        scenario.add_options(sub)
        sub.set_defaults(scenario=scenario)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one scenario; answer the exit status."""
    parser = build_parser()
    options = parser.parse_args(argv)
    if not options.name:
        parser.print_help()
        return 2
    scenario: Scenario = options.scenario
    busy_before = machine.busy_share()
    try:
        findings = scenario.run(options)
    except CannotRunError as error:
        print(f"{scenario.name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{scenario.name}: interrupted", file=sys.stderr)
        return 130
    if busy_before > DISTURBED:
        findings.remarks.append(
            f"The machine was {busy_before:.0%} busy before this began; a quiet one does better."
        )
    report.show(findings, scenario=scenario.name, bounds=scenario.goals, console=Console())
    if options.json:
        content = report.document(
            findings,
            scenario=scenario.name,
            bounds=scenario.goals,
            machine=machine.facts(now=datetime.now(UTC), busy_before=busy_before),
            versions=machine.versions(checkout=processes.CHECKOUT),
            seed=options.seed,
        )
        report.write(content, path=options.json)
    return 130 if findings.interrupted else 0


if __name__ == "__main__":
    # A shell that starts us in the background has Ctrl-C ignored, and Python would leave it so.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
