"""Which prompts are worth asking. Pure."""

import json
from collections.abc import Iterable, Iterator

from warmers.sources.base import Prompt


def plan(prompts: Iterable[Prompt]) -> Iterator[Prompt]:
    """Drop what is asked already; the order stays."""
    seen: set[str] = set()
    for prompt in prompts:
        spelled = json.dumps(prompt.messages, sort_keys=True)
        if spelled not in seen:
            seen.add(spelled)
            yield prompt
