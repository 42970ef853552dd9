"""Names: what a request is stored and looked up under. Pure.

Note [Canonical form]
    RFC 8785 JSON: members sorted by UTF-16 code units, ECMAScript's spelling of numbers. Nearly
    every request holds ASCII member names and plain numbers only; for those orjson's sorted output
    is the same to the byte and four times faster than the rfc8785 library, with which
    tests/properties/test_keys.py compares it. Integers beyond 2**53 are outside RFC 8785; they are
    written in full, so that two different seeds never share a key.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import orjson
import rfc8785

from semcache.types import chat
from semcache.types.key import TURN, Subject

# These fields do not change the answer; nor do the cache controls, which are no provider's field.
UNKEYED = frozenset({"stream", "stream_options", "user", "metadata", "cache"})

TURNS_LIMIT = 8
"""Conversations of more turns of the user's are compared to the letter, but for the last one."""

_SAFE_INTEGER = 2**53


class _ExoticError(Exception):
    """A value that orjson spells differently than RFC 8785 does."""


def fingerprint(
    request: chat.ChatRequest, *, tenant_id: int, namespace: str, model: str = ""
) -> bytes:
    """Name the exact request: 32 bytes, SHA-256 over tenant, namespace and canonical request.

    Args:
        model: the model that answered, where it is not the one that was asked.
    """
    keyed = {k: v for k, v in request.body.items() if k not in UNKEYED}
    keyed["model"] = model or request.model
    return hashlib.sha256(canonical(["chat/1", tenant_id, namespace, keyed])).digest()


def embedding_fingerprint(
    text: str | list[int], *, body: Mapping[str, Any], tenant_id: int, namespace: str
) -> bytes:
    """Name one input of an embeddings request; its spelling on the wire is not part of it."""
    keyed = {k: v for k, v in body.items() if k not in UNKEYED and k != "encoding_format"}
    keyed["input"] = text
    return hashlib.sha256(canonical(["embeddings/1", tenant_id, namespace, keyed])).digest()


def subject(
    request: chat.ChatRequest, *, tenant_id: int, namespace: str, model: str = ""
) -> Subject | None:
    """Part the request into the last user turn's text and all the rest, its scope.

    None where there is no single text to compare: the last message is not the user's, or holds no
    text, or several.
    """
    messages = request.body["messages"]
    last = messages[-1]
    if last.get("role") != "user":
        return None
    text, rest = _part(last)
    if text is None or not text.strip():
        return None
    keyed = {k: v for k, v in request.body.items() if k not in UNKEYED}
    keyed["model"] = model or request.model
    keyed["messages"] = [*messages[:-1], rest]
    scope = hashlib.sha256(canonical(["scope/1", tenant_id, namespace, keyed])).digest()
    return Subject(scope=scope, text=text)


def conversation(request: chat.ChatRequest, *, tenant_id: int, namespace: str) -> Subject | None:
    """Part the request into the texts of all turns and all the rest, its scope.

    The scope keeps the roles, their number and order, and all that is no text of a turn. None where
    there are no earlier turns, or too many, or one has no single text.
    """
    if request.body["messages"][-1].get("role") != "user":
        return None
    bare: list[Mapping[str, Any]] = []
    texts: dict[str, list[str]] = {"user": [], "assistant": []}
    for message in request.body["messages"]:
        said = texts.get(message.get("role"))
        if said is None:
            bare.append(message)
            continue
        text, rest = _turn(message)
        if text is None or TURN.strip("\n") in text:
            return None
        said.append(text)
        bare.append(rest)
    asked, answers = texts["user"], texts["assistant"]
    has_earlier = len(asked) + len(answers) > 1
    if not has_earlier or len(asked) > TURNS_LIMIT or not all(text.strip() for text in asked):
        return None
    keyed = {k: v for k, v in request.body.items() if k not in UNKEYED}
    keyed["model"] = request.model
    keyed["messages"] = bare
    scope = hashlib.sha256(canonical(["conversation/1", tenant_id, namespace, keyed])).digest()
    return Subject(scope=scope, text=TURN.join(asked), answers=tuple(answers))


def handle(name: bytes, *, salt: bytes) -> str:
    """Make the opaque id under which a tenant sees an entry."""
    return "ent_" + hmac.new(salt, name, hashlib.sha256).hexdigest()[:20]


def canonical(value: Any) -> bytes:
    """Write JSON so that equal values have equal bytes. See Note [Canonical form]."""
    try:
        return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS)
    except (_ExoticError, orjson.JSONEncodeError):
        return _spell(value)


def _part(message: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Split a message into its one text and the rest of it."""
    content = message.get("content")
    if isinstance(content, str):
        return content, {**message, "content": None}
    if not isinstance(content, list):
        return None, {}
    texts = [p for p in content if isinstance(p, dict) and p.get("type") == "text"]
    if len(texts) != 1 or not isinstance(texts[0].get("text"), str):
        return None, {}
    rest = [{**p, "text": None} if p is texts[0] else p for p in content]
    return texts[0]["text"], {**message, "content": rest}


def _turn(message: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Split a turn; an assistant that only called tools has said nothing."""
    if message.get("content") is None and message.get("role") == "assistant":
        return "", {**message, "content": None}
    return _part(message)


def _plain(value: Any) -> Any:
    """Copy `value` with whole numbers as integers; raise where orjson's spelling would differ."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is dict:
        for name in value:
            if not name.isascii():
                raise _ExoticError
        return {name: _plain(item) for name, item in value.items()}
    if kind is list:
        return [_plain(item) for item in value]
    if kind is float:
        return _plain_number(value)
    raise _ExoticError


def _plain_number(value: float) -> float:
    if value.is_integer() and abs(value) < _SAFE_INTEGER:
        return int(value)
    if 1e-4 <= abs(value) < 1e15:  # noqa: PLR2004 - where all spellings agree
        return value
    raise _ExoticError


def _spell(value: Any) -> bytes:
    """The long way: RFC 8785 for any value."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return b"{" + b",".join(orjson.dumps(n) + b":" + _spell(value[n]) for n in names) + b"}"
    if isinstance(value, list | tuple):
        return b"[" + b",".join(_spell(item) for item in value) + b"]"
    if isinstance(value, float):
        return rfc8785.dumps(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).encode()
    return orjson.dumps(value)
