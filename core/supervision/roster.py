"""run.json: what this run has started, so that the next one can clear away what is left of it."""

import json
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.supervision import process
from core.supervision.child import Child

GRACE_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    path: Path
    mark: str

    def write(self, children: list[Child]) -> None:
        """Write down who runs, by id and start time (see Note [Proof of ownership])."""
        rows = [
            {
                "name": child.program.name,
                "pid": child.pid,
                "start_ticks": process.start_ticks(child.pid),
                "stop_signal": child.program.stop_signals[0].name,
            }
            for child in children
        ]
        document = {"boot_id": process.boot_id(), "mark": self.mark, "children": rows}
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        draft.replace(self.path)

    def erase(self) -> None:
        self.path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """End, at once, whatever still carries this run's mark."""
        left = process.marked(self.mark)
        for pid in left:
            process.send(pid, signal.SIGKILL)
        process.wait_until_gone(left, timeout_s=GRACE_S)


def clear_away(path: Path, *, grace_s: float = GRACE_S) -> int:
    """End what a killed run left behind, and return how many processes that were."""
    left = _left_behind(path)
    for pid, number in left.items():
        process.send(pid, number)
    stubborn = process.wait_until_gone(left, timeout_s=grace_s)
    for pid in stubborn:
        process.send(pid, signal.SIGKILL)
    process.wait_until_gone(stubborn, timeout_s=grace_s)
    path.unlink(missing_ok=True)
    return len(left)


def _left_behind(path: Path) -> dict[int, signal.Signals]:
    """Return the processes proven to belong to the run that wrote `path`, and how to end each."""
    document = _read(path)
    if document.get("boot_id") != process.boot_id():
        return {}
    left: dict[int, signal.Signals] = {}
    with suppress(KeyError, TypeError, ValueError):
        left = dict.fromkeys(process.marked(str(document["mark"])), signal.SIGTERM)
        for row in document["children"]:
            if row["start_ticks"] == process.start_ticks(row["pid"]):
                left[row["pid"]] = signal.Signals[row["stop_signal"]]
    return left


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
