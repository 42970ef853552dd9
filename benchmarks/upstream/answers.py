"""What the fake provider says: texts, completions, chunks and vectors. No I/O."""

import base64
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

CREATED_AT_S = 1_700_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One generation, ready to be sent whole or in pieces.

    `pieces` are what a stream sends one by one; joined they are the text.
    `tool_calls` and `refusal` replace the text; `extra` is merged into each delta or message,
    `envelope` into each chunk or completion.
    """

    number: int
    model: str
    pieces: tuple[str, ...]
    prompt_tokens: int
    finish_reason: str = "stop"
    choices: int = 1
    refusal: bool = False
    tool_calls: tuple[dict[str, Any], ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    envelope: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"chatcmpl-fake-{self.number}"

    @property
    def usage(self) -> dict[str, int]:
        completion = self.choices * max(len(self.pieces), 1)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
        }


def last_user_text(body: dict[str, Any]) -> str:
    """Find the text of the last user message; parts that are no text are left out."""
    for message in reversed(body.get("messages") or []):
        if isinstance(message, dict) and message.get("role") == "user":
            content = message.get("content") or ""
            if isinstance(content, str):
                return content
            return " ".join(part["text"] for part in content if part.get("type") == "text")
    return ""


def prompt_tokens(body: dict[str, Any]) -> int:
    """Count the words of all messages: good enough to be settled and compared."""
    messages = body.get("messages") or []
    return sum(len(str(message.get("content", "")).split()) for message in messages)


def slices(text: str, *, count: int) -> tuple[str, ...]:
    """Cut a text into `count` slices of about equal length, fewer where it is too short."""
    count = max(1, min(count, len(text)))
    bounds = [len(text) * index // count for index in range(count + 1)]
    return tuple(text[low:high] for low, high in itertools.pairwise(bounds))


def completion(answer: Answer) -> dict[str, Any]:
    """Render the answer as one `chat.completion`."""
    return {
        "id": answer.id,
        "object": "chat.completion",
        "created": CREATED_AT_S,
        "model": answer.model,
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", **_message(answer, index), **answer.extra},
                "logprobs": None,
                "finish_reason": answer.finish_reason,
            }
            for index in range(answer.choices)
        ],
        "usage": answer.usage,
        **answer.envelope,
    }


def chunks(answer: Answer, *, include_usage: bool) -> Iterator[dict[str, Any]]:
    """Render the answer as `chat.completion.chunk`s, the one with usage last where asked for.

    The role comes in the first piece's chunk, so that n tokens are n chunks; then the
    finish reason in a chunk of its own, as providers send it. Where usage is asked for,
    OpenAI sends `"usage": null` in every chunk but the last.
    """
    unsettled: dict[str, Any] = {"usage": None} if include_usage else {}
    for position, delta in enumerate(_deltas(answer)):
        for index in range(answer.choices):
            role = {} if position else {"role": "assistant"}
            tagged = _tagged(delta, answer=answer, index=index, position=position)
            choice = _choice(index, {**role, **tagged, **answer.extra}, None)
            yield _chunk(answer, [choice], unsettled)
    for index in range(answer.choices):
        yield _chunk(answer, [_choice(index, {}, answer.finish_reason)], unsettled)
    if include_usage:
        yield _chunk(answer, [], {"usage": answer.usage})


def embeddings(body: dict[str, Any], *, dimensions: int) -> dict[str, Any]:
    """Answer `/v1/embeddings`: one unit vector per input, the same for the same input."""
    raw = body.get("input", "")
    single = isinstance(raw, str) or (bool(raw) and isinstance(raw[0], int))
    inputs = [raw] if single else list(raw)
    count = int(body.get("dimensions") or dimensions)
    as_base64 = body.get("encoding_format") == "base64"
    tokens = sum(len(item.split()) if isinstance(item, str) else len(item) for item in inputs)
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": _vector(item, count=count, as_base64=as_base64),
            }
            for index, item in enumerate(inputs)
        ],
        "model": body.get("model", ""),
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def error(message: str, *, kind: str, code: str | None, param: str | None = None) -> dict[str, Any]:
    """Render OpenAI's error envelope."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _message(answer: Answer, index: int) -> dict[str, Any]:
    text = _marked("".join(answer.pieces), index)
    if answer.tool_calls:
        return {"content": None, "tool_calls": list(answer.tool_calls), "refusal": None}
    if answer.refusal:
        return {"content": None, "refusal": text}
    return {"content": text, "refusal": None}


def _deltas(answer: Answer) -> Iterator[dict[str, Any]]:
    if answer.tool_calls:
        yield from _tool_deltas(answer.tool_calls)
        return
    name = "refusal" if answer.refusal else "content"
    for piece in answer.pieces:
        yield {name: piece}


def _tool_deltas(calls: tuple[dict[str, Any], ...]) -> Iterator[dict[str, Any]]:
    """Split each call as providers do: id and name first, then the arguments in slices."""
    for index, call in enumerate(calls):
        function = call["function"]
        head = {"name": function["name"], "arguments": ""}
        yield {
            "content": None,
            "tool_calls": [
                {"index": index, "id": call["id"], "type": "function", "function": head}
            ],
        }
        for piece in slices(function["arguments"], count=4):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _tagged(delta: dict[str, Any], *, answer: Answer, index: int, position: int) -> dict[str, Any]:
    """Mark the first piece of every choice but the first, so that choices differ."""
    name = "refusal" if answer.refusal else "content"
    if position or not isinstance(delta.get(name), str):
        return delta
    return {**delta, name: _marked(delta[name], index)}


def _marked(text: str, index: int) -> str:
    return f"[{index}] {text}" if index else text


def _choice(index: int, delta: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _chunk(answer: Answer, choices: list[dict[str, Any]], usage: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": answer.id,
        "object": "chat.completion.chunk",
        "created": CREATED_AT_S,
        "model": answer.model,
        "choices": choices,
        **usage,
        **answer.envelope,
    }


def _vector(item: str | list[int], *, count: int, as_base64: bool) -> str | list[float]:
    seed = int.from_bytes(hashlib.sha256(repr(item).encode("utf-8", "replace")).digest()[:8])
    vector = np.random.default_rng(seed).standard_normal(count).astype(np.float32)
    vector /= np.linalg.norm(vector)
    if as_base64:
        return base64.b64encode(vector.tobytes()).decode("ascii")
    return [float(value) for value in vector]
