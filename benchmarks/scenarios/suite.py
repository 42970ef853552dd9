"""The project's own tests: how many, and how long they take."""

import argparse
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from benchmarks import processes
from benchmarks.errors import CannotRunError
from benchmarks.report import Findings


class Suite:
    name = "suite"
    summary = "The project's tests: how many there are and how long they take."
    goals = ()

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("tests", nargs="*", help="paths to run instead of all tests")

    def run(self, options: argparse.Namespace) -> Findings:
        with tempfile.TemporaryDirectory(prefix="semcache-bench-") as name:
            result = Path(name) / "junit.xml"
            command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={result}", *options.tests]
            began_at = time.monotonic()
            # The figures own standard output; pytest's words go beside them.
            subprocess.run(command, cwd=processes.CHECKOUT, stdout=sys.stderr, check=False)
            elapsed_s = time.monotonic() - began_at
            if not result.exists():
                raise CannotRunError("pytest wrote no result; its words above say why")
            return counted(result.read_text(encoding="utf-8"), elapsed_s=elapsed_s)


def counted(junit_xml: str, *, elapsed_s: float) -> Findings:
    """Read pytest's JUnit file; `tests_s` is the wall time with pytest's own start."""
    findings = Findings()
    # Our own pytest wrote the file; nobody hostile did.
    suites = list(ET.fromstring(junit_xml).iter("testsuite"))  # noqa: S314
    totals = {
        name: sum(int(suite.get(name, "0")) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    }
    findings.add("tests", totals["tests"])
    findings.add("tests_s", elapsed_s)
    findings.add("failed", totals["failures"] + totals["errors"])
    findings.add("skipped", totals["skipped"])
    return findings
