"""From clone to ready on a machine without caches, the second start, and what Ctrl-C leaves."""

import argparse
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import processes, product
from benchmarks.errors import CannotRunError
from benchmarks.goals import Goal
from benchmarks.report import Findings

FIRST_READY_S = 1800.0
SECOND_READY_S = 120.0
# What a shell needs, and what tells pip how this machine reaches its package index.
PASSED_ON = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "HTTP_PROXY")
PIP_NETWORK = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT", "PIP_PROXY")
PIP_FILES = (".config/pip/pip.conf", ".pip/pip.conf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    ready_s: float
    stop_s: float
    left: dict[int, str]


class Startup:
    name = "startup"
    summary = "Time from clone to ready without caches, second start, processes left by Ctrl-C."
    goals = (
        Goal(figure="second_start_s", bound=10.0),
        Goal(figure="leftover_processes", bound=0.0),
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--source", default=str(processes.CHECKOUT), help="repository to clone (this checkout)"
        )

    def run(self, options: argparse.Namespace) -> Findings:
        findings = Findings()
        with tempfile.TemporaryDirectory(
            prefix="semcache-clone-", ignore_cleanup_errors=True
        ) as name:
            folder = Path(name)
            folder.chmod(0o711)  # the embedded Postgres may run as another user
            began_at = time.monotonic()
            clone = _cloned(options.source, folder=folder)
            cloned_s = time.monotonic() - began_at
            first = _start(clone, folder=folder, timeout_s=FIRST_READY_S)
            second = _start(clone, folder=folder, timeout_s=SECOND_READY_S)
        findings.add("clone_to_ready_s", cloned_s + first.ready_s)
        findings.add("second_start_s", second.ready_s)
        findings.add("leftover_processes", len({**first.left, **second.left}))
        findings.add("stop_s", max(first.stop_s, second.stop_s))
        for pid, command in {**first.left, **second.left}.items():
            findings.remarks.append(f"left behind: {pid} {command}")
        return findings


def _cloned(source: str, *, folder: Path) -> Path:
    clone = folder / "clone"
    command = ["git", "clone", "--quiet", source, str(clone)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode or not (clone / "Makefile").exists():
        raise CannotRunError(
            f"{source} cannot be cloned, or its last commit has no Makefile: {told.stderr.strip()}"
        )
    return clone


def _start(clone: Path, *, folder: Path, timeout_s: float) -> Start:
    """Run `make run` until it is ready, then press Ctrl-C and count who is still there."""
    port = processes.free_port()
    log = folder / "make-run.log"
    environment = _environment(home=folder / "user", port=port)
    began_at = time.monotonic()
    with product.up(["make", "run"], cwd=clone, environment=environment, log=log) as process:
        root_url = f"http://127.0.0.1:{port}"
        product.wait_ready(root_url, process=process, folder=folder, timeout_s=timeout_s)
        ready_s = time.monotonic() - began_at
        stop_s = processes.interrupt(process, grace_s=product.STOP_S)
    left = processes.belonging(clone)
    processes.kill(left)
    return Start(ready_s=ready_s, stop_s=stop_s, left=left)


def _environment(*, home: Path, port: int) -> dict[str, str]:
    """Build an environment with nothing in it but the way to the package index."""
    for name in PIP_FILES:
        theirs = Path.home() / name
        if theirs.exists():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(theirs.read_bytes())
    passed = {name: os.environ[name] for name in (*PASSED_ON, *PIP_NETWORK) if name in os.environ}
    return {**passed, "HOME": str(home), "PIP_NO_CACHE_DIR": "1", "PORT": str(port)}
