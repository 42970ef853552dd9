"""The two shapes of an answer: one chat completion, or a series of chat completion chunks.

`assemble(replay(completion)) == completion` holds for whatever a provider sends, known fields or
not: tests/properties/test_completion.py.
"""

from collections.abc import Iterable, Iterator
from typing import Any

JSON = dict[str, Any]

# In a delta these come once and are not continued by the next chunk.
_ONCE = frozenset({"role", "id", "type", "name", "index"})


class Assembler:
    """Put chunks together as they come.

    Args:
        expected: the number of choices that was asked for.
    """

    __slots__ = ("_choices", "_expected", "_top")

    def __init__(self, *, expected: int = 1) -> None:
        self._expected = expected
        self._top: JSON = {}
        self._choices: dict[int, JSON] = {}

    def add(self, chunk: JSON) -> None:
        """Take the next chunk.

        Raises:
            ValueError: it is not shaped like one.
        """
        try:
            self._add(chunk)
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError("not a chunk") from error

    def _add(self, chunk: JSON) -> None:
        for name, value in chunk.items():
            if name != "choices" and (value is not None or name not in self._top):
                self._top[name] = value
        for part in chunk.get("choices") or ():
            choice = self._choices.setdefault(int(part.get("index", 0)), {"message": {}})
            for name, value in part.items():
                if name == "delta":
                    _merge(choice["message"], value or {})
                elif name == "logprobs" and isinstance(value, dict):
                    choice[name] = choice.get(name) or {}
                    _merge(choice[name], value)
                elif name != "message" and (value is not None or name not in choice):
                    choice[name] = value

    @property
    def begun(self) -> bool:
        return bool(self._choices)

    @property
    def whole(self) -> bool:
        """Whether every choice has come, and said why it ended."""
        if len(self._choices) < self._expected:
            return False
        return all(c.get("finish_reason") for c in self._choices.values())

    def completion(self) -> JSON:
        """The chunks so far as one `chat.completion`."""
        choices = []
        for index, choice in sorted(self._choices.items()):
            message = {"role": "assistant", "content": None, **choice["message"]}
            choices.append({**choice, "index": index, "message": _without_index(message)})
        top = {k: v for k, v in self._top.items() if k != "usage" or v is not None}
        return {**top, "object": "chat.completion", "choices": choices}


def assemble(chunks: Iterable[JSON]) -> JSON:
    """Put a finished series of chunks together to one completion."""
    assembler = Assembler()
    for chunk in chunks:
        assembler.add(chunk)
    return assembler.completion()


def replay(completion: JSON) -> Iterator[JSON]:
    """Take a completion apart into chunks: content, reason to end, then usage in one of its own."""
    top = {k: v for k, v in completion.items() if k not in {"choices", "usage", "object"}}
    top["object"] = "chat.completion.chunk"
    for choice in completion["choices"]:
        rest = {k: v for k, v in choice.items() if k not in {"message", "finish_reason"}}
        delta = _with_index(choice["message"])
        yield {**top, "choices": [{**rest, "delta": delta, "finish_reason": None}]}
        reason = choice.get("finish_reason")
        ended = {"index": choice.get("index", 0), "delta": {}, "finish_reason": reason}
        yield {**top, "choices": [ended]}
    if completion.get("usage") is not None:
        yield {**top, "choices": [], "usage": completion["usage"]}


def _merge(whole: JSON, delta: JSON) -> None:
    """Continue `whole` by `delta`: text is appended, lists with indices are merged by index."""
    for name, value in delta.items():
        known = whole.get(name)
        if value is None:
            whole.setdefault(name, None)
        elif known is None:
            whole[name] = _fresh(value)
        elif name in _ONCE:
            whole[name] = known or value
        elif isinstance(known, str) and isinstance(value, str):
            whole[name] = known + value
        elif isinstance(known, list) and isinstance(value, list):
            _merge_list(known, value)
        elif isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        else:
            whole[name] = value


def _merge_list(known: list[Any], more: list[Any]) -> None:
    for item in more:
        match = _same_index(known, item)
        if match is None:
            known.append(_fresh(item))
        else:
            _merge(match, item)


def _same_index(known: list[Any], item: Any) -> JSON | None:
    if not isinstance(item, dict) or "index" not in item:
        return None
    same = [k for k in known if isinstance(k, dict) and k.get("index") == item["index"]]
    if not same or (item.get("id") and same[-1].get("id") not in {None, item["id"]}):
        return None  # some providers number all parallel calls 0, and tell them apart by id
    return same[-1]


def _fresh(value: Any) -> Any:
    """Copy what will be merged into, so that a chunk is never changed after it was sent."""
    if isinstance(value, dict):
        return {k: _fresh(v) for k, v in value.items()}
    if isinstance(value, list):
        merged: list[Any] = []
        _merge_list(merged, value)
        return merged
    return value


def _without_index(message: JSON) -> JSON:
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return message
    bare = [
        {k: v for k, v in call.items() if k != "index"} if isinstance(call, dict) else call
        for call in calls
    ]
    return {**message, "tool_calls": bare}


def _with_index(message: JSON) -> JSON:
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return message
    return {**message, "tool_calls": [{**call, "index": i} for i, call in enumerate(calls)]}
