"""Typed readers of environment variables that refuse nonsense by name."""

import os
from collections.abc import Sequence
from pathlib import Path


class BadSettingError(Exception):
    """An environment variable holds something that cannot be meant."""


def text(name: str, default: str = "") -> str:
    """Read a string; an empty variable counts as unset."""
    return os.environ.get(name, "") or default


def secret(name: str, default: str = "") -> str:
    """Read a secret from `name`, or from the file that `name`_FILE points to.

    Raises:
        BadSettingError: both are set, or the file cannot be read.
    """
    value, path = text(name), text(f"{name}_FILE")
    if value and path:
        raise BadSettingError(f"Set {name} or {name}_FILE, not both.")
    if not path:
        return value or default
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSettingError(f"{name}_FILE: {error}") from error


def integer(name: str, default: int, *, low: int | None = None, high: int | None = None) -> int:
    """Read a whole number within `low` and `high`, both included."""
    raw = text(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError as error:
        raise BadSettingError(f"{name} must be a whole number, not {raw!r}.") from error
    _check_range(name, value, low, high)
    return value


def number(
    name: str, default: float, *, low: float | None = None, high: float | None = None
) -> float:
    """Read a finite number within `low` and `high`, both included."""
    raw = text(name)
    if not raw:
        return default
    try:
        value = float(raw)
    except ValueError as error:
        raise BadSettingError(f"{name} must be a number, not {raw!r}.") from error
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN
        raise BadSettingError(f"{name} must be a finite number, not {raw!r}.")
    _check_range(name, value, low, high)
    return value


def flag(name: str, *, default: bool) -> bool:
    """Read a yes or no: 1/true/yes/on against 0/false/no/off."""
    raw = text(name).lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise BadSettingError(f"{name} must be yes or no, not {raw!r}.")


def choice(name: str, default: str, *, allowed: Sequence[str]) -> str:
    """Read one of `allowed`."""
    value = text(name, default)
    if value not in allowed:
        raise BadSettingError(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def _check_range(name: str, value: float, low: float | None, high: float | None) -> None:
    if (low is not None and value < low) or (high is not None and value > high):
        raise BadSettingError(f"{name} must lie between {low} and {high}, not {value}.")
