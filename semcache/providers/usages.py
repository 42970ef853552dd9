from typing import Any

from semcache.types.usage import Usage

_LIMIT = 2**31 - 1  # what the columns hold


def read(said: Any) -> Usage:
    """Read a provider's counts of tokens; what is missing or no number counts as nothing."""
    counts = said if isinstance(said, dict) else {}
    prompt, completion = (_count(counts, f"{n}_tokens") for n in ("prompt", "completion"))
    return Usage(prompt_tokens=prompt, completion_tokens=completion)


def _count(counts: dict[str, Any], name: str) -> int:
    value = counts.get(name)
    return min(value, _LIMIT) if type(value) is int and value >= 0 else 0
