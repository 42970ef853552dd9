"""One's own traffic: what would another `max_error` have saved, and cost?"""

import argparse

from rich.console import Console

from benchmarks.errors import CannotRunError
from benchmarks.quality import ledger, metrics, past, ruling
from benchmarks.quality.past import Account, Past
from benchmarks.quality.sheets import Sheet, between, percent
from benchmarks.report import Findings

WEEK_HOURS = 168


class Replay:
    name = "replay"
    summary = "Your own traffic: what other error bounds would have saved and cost."
    goals = ()

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--from-audit", action="store_true", help="from the product's decisions and labels"
        )
        parser.add_argument(
            "--hours", type=int, default=WEEK_HOURS, help=f"how far back ({WEEK_HOURS})"
        )
        parser.add_argument(
            "--max-error",
            nargs="+",
            type=float,
            default=metrics.ERRORS,
            metavar="X",
            help="bounds to try (0.005 0.01 0.02 0.05)",
        )
        parser.add_argument("--tenant", metavar="NAME", help="only this tenant (default: all)")

    def run(self, options: argparse.Namespace) -> Findings:
        if not options.from_audit:
            raise CannotRunError("pass --from-audit: there is nothing else to replay from")
        with ledger.opened(ledger.url(), hours=options.hours, tenant=options.tenant) as book:
            found = Past(
                sorted(set(options.max_error)),
                rule=ruling.usual("What is the capital of France?"),
                standings=book.standings(),
                worth_usd=book.worth_usd(),
            )
            found.replay(book.asked())
            found.label(book.looked())
        if not found.happened.requests:
            raise CannotRunError(
                f"no near match was looked for in the last {options.hours} hours: "
                "use the product first, or pass more --hours"
            )
        Console().print(sheet(found, hours=options.hours).rich())
        return findings(found)


def sheet(found: Past, *, hours: int) -> Sheet:
    """Put what happened beside what would have."""
    table = Sheet(
        title=f"replay: the last {hours} hours, {found.happened.requests:,} requests",
        columns=["max_error", "least", "hits", "saved", "expected error", "labelled error"],
    )
    table.add("what happened", "", *_cells(found.happened))
    for error, account in found.would.items():
        least = sorted(account.thresholds)
        ends = f"{least[0]:.3f}" if len(least) == 1 else f"{least[0]:.3f} to {least[-1]:.3f}"
        table.add(f"{error:.1%}", ends, *_cells(account))
    return table


def findings(found: Past) -> Findings:
    told = Findings(tabled=True)
    accounts = {"happened": found.happened}
    accounts |= {f"max_error_{metrics.percent(error)}": one for error, one in found.would.items()}
    for name, account in accounts.items():
        told.add(f"{name}.requests", account.requests)
        told.add(f"{name}.hits", account.hits)
        told.add(f"{name}.hit_share", account.hit_share.value)
        told.add(f"{name}.saved_usd", account.saved_usd)
        told.add(f"{name}.expected_error", account.expected_wrong / max(account.requests, 1))
        told.add(f"{name}.labels", account.labels)
        told.add(f"{name}.labelled_error", account.error.value)
        if account.labels:
            told.add(f"{name}.labelled_error_low", account.error.exact.low)
            told.add(f"{name}.labelled_error_high", account.error.exact.high)
    if not found.happened.labels:
        told.remarks.append("There are no labels: the audit has drawn nothing in that time.")
    told.remarks.append(past.APPROXIMATIONS)
    return told


def _cells(account: Account) -> list[str]:
    hits = f"{account.hits:,}, {percent(account.hit_share.value)}"
    expected = percent(account.expected_wrong / max(account.requests, 1))
    labelled = f"{account.wrong} of {account.labels}: {between(account.error)}"
    return [hits, f"${account.saved_usd:,.2f}", expected, labelled if account.labels else ""]
