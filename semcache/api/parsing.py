"""From bytes to requests. What is wrong is said once, with the name of the field."""

import json
import re
from collections.abc import Iterable
from typing import Any

import orjson

from semcache.errors import InvalidRequestError
from semcache.types.chat import ChatRequest
from semcache.types.embedding import EmbeddingRequest

JSON = dict[str, Any]

DEPTH_LIMIT = 64
_SHALLOW = 64
_LONG_NUMBER = re.compile(rb"\d{19}")
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_INPUTS_LIMIT = 2_048


def body(raw: bytes) -> JSON:
    """Read a JSON object.

    Raises:
        InvalidRequestError: malformed JSON, NaN, invalid UTF-8, a lone surrogate, a null byte, or
            nested too deep.
    """
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _malformed(raw, error) from error
    if not isinstance(said, dict):
        raise InvalidRequestError("The body must be a JSON object.")
    if raw.count(b"[") + raw.count(b"{") > _SHALLOW:
        _check_depth(said)
    if b"\\u0000" in raw:
        _check_text(said, "")
    if _LONG_NUMBER.search(raw):
        _check_integers(json.loads(raw), "")
    return said


def chat(said: JSON) -> ChatRequest:
    """Take a chat request at its word; `check_chat` must follow before anyone is asked.

    Raises:
        InvalidRequestError: a field the key is made of has the wrong type.
    """
    model, messages, stream = said.get("model"), said.get("messages"), said.get("stream")
    if not isinstance(model, str) or not model:
        raise InvalidRequestError("model is required, a string.", param="model")
    if not isinstance(messages, list) or not messages:
        raise InvalidRequestError("messages is required, a non-empty list.", param="messages")
    if stream is not None and not isinstance(stream, bool):
        raise InvalidRequestError("stream must be true or false.", param="stream")
    for name, kind, words in (("user", str, "a string"), ("metadata", dict, "an object")):
        if said.get(name) is not None and not isinstance(said[name], kind):
            raise InvalidRequestError(f"{name} must be {words}.", param=name)
    options = said.get("stream_options")
    if options is not None and not isinstance(options, dict):
        raise InvalidRequestError("stream_options must be an object.", param="stream_options")
    usage = (options or {}).get("include_usage")
    if usage is not None and not isinstance(usage, bool):
        name = "stream_options.include_usage"
        raise InvalidRequestError(f"{name} must be true or false.", param=name)
    return ChatRequest(model=model, body=said, stream=bool(stream), include_usage=bool(usage))


def check_chat(request: ChatRequest) -> None:
    """Check what the key does not depend on; an exact hit was checked when it was a miss.

    Raises:
        InvalidRequestError: `param` names the field.
    """
    for place, message in enumerate(request.body["messages"]):
        _check_message(message, f"messages[{place}]")
    for name, (kinds, words) in _FIELDS.items():
        value = request.body.get(name)
        if kinds is int and isinstance(value, float) and value.is_integer():
            value = int(value)  # another spelling of the same number
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            raise InvalidRequestError(f"{name} must be {words}.", param=name)
    for name, low, high in _RANGES:
        value = request.body.get(name)
        if value is not None and not low <= value <= high:
            raise InvalidRequestError(f"{name} must lie between {low} and {high}.", param=name)


def embeddings(said: JSON) -> EmbeddingRequest:
    """Read an embeddings request.

    Raises:
        InvalidRequestError: `param` names the field.
    """
    model, given, encoding = said.get("model"), said.get("input"), said.get("encoding_format")
    if not isinstance(model, str) or not model:
        raise InvalidRequestError("model is required, a string.", param="model")
    if encoding not in (None, "float", "base64"):
        raise InvalidRequestError(
            "encoding_format must be float or base64.", param="encoding_format"
        )
    dimensions = said.get("dimensions")
    if dimensions is not None and (type(dimensions) is not int or dimensions < 1):
        raise InvalidRequestError("dimensions must be a whole number.", param="dimensions")
    rest = {name: value for name, value in said.items() if name not in {"input", "cache"}}
    return EmbeddingRequest(
        model=model, inputs=_inputs(given), body=rest, base64=encoding == "base64"
    )


def _inputs(given: Any) -> tuple[str | list[int], ...]:
    """Give the inputs as a list: a text, texts, tokens, or lists of tokens."""
    if isinstance(given, str) or (_is_tokens(given) and given):
        given = [given]
    if not isinstance(given, list) or not given:
        raise InvalidRequestError("input is required: a text, or a non-empty list.", param="input")
    if len(given) > _INPUTS_LIMIT:
        raise InvalidRequestError(f"input takes at most {_INPUTS_LIMIT} items.", param="input")
    for place, item in enumerate(given):
        if not item or not (isinstance(item, str) or _is_tokens(item)):
            param = f"input[{place}]"
            raise InvalidRequestError(f"{param} must be a non-empty text or tokens.", param=param)
    return tuple(given)


def _is_tokens(item: Any) -> bool:
    return isinstance(item, list) and all(type(token) is int for token in item)


def _check_message(message: Any, where: str) -> None:
    if not isinstance(message, dict):
        raise InvalidRequestError(f"{where} must be an object.", param=where)
    role = message.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        words = f"{where}.role must be one of {', '.join(sorted(_ROLES))}."
        raise InvalidRequestError(words, param=f"{where}.role")
    content = message.get("content")
    if content is None:
        if role == "assistant":
            return
        raise InvalidRequestError(f"{where}.content is required.", param=f"{where}.content")
    if isinstance(content, str):
        return
    if not isinstance(content, list) or not content:
        words = f"{where}.content must be a text or a non-empty list of parts."
        raise InvalidRequestError(words, param=f"{where}.content")
    for place, part in enumerate(content):
        _check_part(part, f"{where}.content[{place}]")


def _check_part(part: Any, where: str) -> None:
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        raise InvalidRequestError(f"{where} must be an object with a type.", param=where)
    if part["type"] == "text" and not isinstance(part.get("text"), str):
        raise InvalidRequestError(f"{where}.text must be a string.", param=f"{where}.text")


_NUMBER, _WHOLE = ((int, float), "a number"), (int, "a whole number")
_FIELDS: dict[str, tuple[Any, str]] = {
    "temperature": _NUMBER,
    "top_p": _NUMBER,
    "presence_penalty": _NUMBER,
    "frequency_penalty": _NUMBER,
    "n": _WHOLE,
    "max_tokens": _WHOLE,
    "max_completion_tokens": _WHOLE,
    "seed": _WHOLE,
    "stop": ((str, list), "a string or a list"),
    "tools": (list, "a list"),
    "response_format": (dict, "an object"),
}
_RANGES = (
    ("temperature", 0, 2),
    ("top_p", 0, 1),
    ("n", 1, 128),
    ("max_tokens", 1, 10_000_000),
    ("max_completion_tokens", 1, 10_000_000),
)


def _malformed(raw: bytes, error: orjson.JSONDecodeError) -> InvalidRequestError:
    """Find out what is wrong with a body that cannot be read; only errors take this long way."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as wrong:
        return InvalidRequestError(f"The body is not valid UTF-8 at byte {wrong.start}.")
    try:
        said = json.loads(text, parse_constant=_Constant)
        _check_depth(said)
        _check_text(said, "")
    except InvalidRequestError as found:
        return found
    except RecursionError:
        return InvalidRequestError(f"The body is nested deeper than {DEPTH_LIMIT} levels.")
    except ValueError:
        pass
    return InvalidRequestError(f"The body is not valid JSON: {error}")


class _Constant(str):
    """NaN or an infinity, which Python reads and JSON does not know."""

    __slots__ = ()


def _check_depth(said: Any) -> None:
    """Find what is nested too deep, and say in which field."""
    fields = said.items() if isinstance(said, dict) else [("", said)]
    for name, value in fields:
        level = [value]
        for _ in range(DEPTH_LIMIT):
            level = [inner for outer in level for inner in _inside(outer)]
        if level:
            message = f"{name or 'The body'} is nested deeper than {DEPTH_LIMIT} levels."
            raise InvalidRequestError(message, param=name or None)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _check_integers(said: Any, where: str) -> None:
    """Find a number that a 64-bit integer cannot hold; it would be passed on as another one."""
    if isinstance(said, dict):
        for name, value in said.items():
            _check_integers(value, f"{where}.{name}" if where else name)
    elif isinstance(said, list):
        for place, value in enumerate(said):
            _check_integers(value, f"{where}[{place}]")
    elif isinstance(said, int) and not -(2**63) <= said < 2**64:
        raise InvalidRequestError(f"{where} is larger than an integer may be.", param=where)


def _check_text(said: Any, where: str) -> None:
    """Find a null byte or a lone surrogate, and say where."""
    if isinstance(said, _Constant):
        raise InvalidRequestError(f"{where} is {said}, which is no JSON.", param=where or None)
    if isinstance(said, str):
        if "\x00" in said:
            raise InvalidRequestError(f"{where} holds a null byte.", param=where)
        if any("\ud800" <= letter <= "\udfff" for letter in said):
            raise InvalidRequestError(f"{where} holds a lone surrogate.", param=where)
    elif isinstance(said, dict):
        for name, value in said.items():
            _check_text(name, where or "body")
            _check_text(value, f"{where}.{name}" if where else name)
    elif isinstance(said, list):
        for place, value in enumerate(said):
            _check_text(value, f"{where}[{place}]")
