import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from warmers.sources.base import Prompt


class FileSource:
    """A UTF-8 file: one prompt a line, or JSON lines of `{"messages": […]}` or `[…]`.

    Empty lines are passed over. A line that begins with `{` or `[` is taken for JSON.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def prompts(self) -> Iterator[Prompt]:
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                where = f"{self._path}:{number}"
                if text := _text(line, where):
                    yield Prompt(messages=_messages(text, where), where=where)


def _text(line: bytes, where: str) -> str:
    try:
        return line.removeprefix(codecs.BOM_UTF8).decode().strip()
    except UnicodeDecodeError as error:
        raise ValueError(f"{where}: not UTF-8: {error.reason}") from error


def _messages(text: str, where: str) -> tuple[dict[str, Any], ...]:
    if text[0] not in "{[":
        return ({"role": "user", "content": text},)
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: not JSON: {error}") from error
    messages = said.get("messages") if isinstance(said, dict) else said
    if not isinstance(messages, list) or not all(isinstance(m, dict) for m in messages):
        raise ValueError(f"{where}: expected a list of messages.")
    return tuple(messages)
