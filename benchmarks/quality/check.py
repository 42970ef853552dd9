"""Another cache on the same pairs: `--check MODULE:FUNCTION`."""

import asyncio
import importlib
import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks.errors import CannotRunError
from benchmarks.quality.datasets import Pair

Check = Callable[[str, str], Any]


def load(name: str) -> Check:
    """Import a callable `(stored, asked) -> bool`, sync or async, seen from the working folder.

    Raises:
        CannotRunError: There is none of that name.
    """
    module, _, function = name.partition(":")
    if not module or not function:
        raise CannotRunError(f"--check takes MODULE:FUNCTION, not {name!r}")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        raise CannotRunError(f"--check: {module} cannot be imported: {error}") from error
    check: Check | None = getattr(found, function, None)
    if not callable(check):
        raise CannotRunError(f"--check: {module} has no function {function}")
    return check


def ask(check: Check, pairs: Sequence[Pair], *, name: str) -> list[bool]:
    """Ask whether each pair would be a hit, in turn.

    Raises:
        CannotRunError: It raised; the text names the pair.
    """
    return asyncio.run(_ask(check, pairs, name=name))


async def _ask(check: Check, pairs: Sequence[Pair], *, name: str) -> list[bool]:
    said = []
    for pair in track(pairs, description=f"check {name}", console=Console(stderr=True)):
        try:
            answer = check(pair.stored, pair.asked)
            said.append(bool(await answer if inspect.isawaitable(answer) else answer))
        except Exception as error:
            raise CannotRunError(
                f"--check raised {type(error).__name__}: {error}, "
                f"for {pair.stored!r} and {pair.asked!r}"
            ) from error
    return said
