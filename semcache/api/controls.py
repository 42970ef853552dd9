"""What the caller asks of the cache, from headers and LiteLLM's body dialect.

A malformed control is an error that names it; it is never ignored. Where header and body speak of
the same thing, the header wins.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from semcache.errors import InvalidRequestError
from semcache.types import controls
from semcache.types.controls import Controls

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}")
_SHARE = re.compile(r"(\d{1,3}(\.\d{0,12})?|\.\d{1,12})(e-?\d{1,3})?", re.ASCII | re.IGNORECASE)
_CALLER_PRIORITIES = ("interactive", "default", "batch")
_TTL_LIMIT_S = 10 * 365 * 86_400
_TAGS_LIMIT = 32


def parse(headers: Mapping[str, str], body: Any = None) -> Controls:
    """Read the controls of a request.

    Args:
        headers: names in lower case.
        body: the request's `cache` member, if it has one.

    Raises:
        InvalidRequestError: `param` names the control.
    """
    found: dict[str, Any] = {}
    if body is not None:
        found |= _from_body(body)
    if header := headers.get("cache-control"):
        found |= _from_cache_control(header)
    for name, read in _HEADERS.items():
        if name in headers:
            found |= read(headers[name].strip(), name)
    return replace(controls.PLAIN, **found) if found else controls.PLAIN


def _from_cache_control(header: str) -> dict[str, Any]:
    """Read RFC 9111's request directives; those of other caches' business pass."""
    found: dict[str, Any] = {}
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        name, value = name.strip().lower(), value.strip().strip('"')
        param = f"Cache-Control: {name}"
        if name == "no-cache":
            found["serve"] = False
        elif name == "no-store":
            found |= {"serve": False, "store": False}
        elif name == "only-if-cached":
            found["only_if_cached"] = True
        elif name == "max-stale" and not value:
            found["max_stale_s"] = math.inf
        elif name in {"max-age", "min-fresh", "max-stale"}:
            found[name.replace("-", "_") + "_s"] = float(_seconds(value, param))
        elif name and name != "no-transform":
            raise InvalidRequestError(f"Unknown directive {name!r}.", param="Cache-Control")
    return found


def _from_body(said: Any) -> dict[str, Any]:
    """Read LiteLLM's dialect."""
    if not isinstance(said, dict):
        raise InvalidRequestError("cache must be an object.", param="cache")
    found: dict[str, Any] = {}
    for name, value in said.items():
        param = f"cache.{name}"
        if name in {"no-cache", "no-store"}:
            if not isinstance(value, bool):
                raise InvalidRequestError(f"{param} must be true or false.", param=param)
            if value:
                found |= {"serve": False} | ({"store": False} if name == "no-store" else {})
        elif name == "ttl":
            found["ttl_s"] = _seconds(value, param)
        elif name in {"s-maxage", "s-max-age"}:
            found["max_age_s"] = float(_seconds(value, param))
        elif name == "namespace":
            found |= _namespace(value, param)
        else:
            raise InvalidRequestError(f"Unknown cache control {name!r}.", param=param)
    return found


def _seconds(value: Any, param: str) -> int:
    """Read whole seconds from a header's digits or a JSON number."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:  # noqa: PLR2004
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _TTL_LIMIT_S:
        raise InvalidRequestError(f"{param} must be whole seconds, 0 or more.", param=param)
    return value


def _mode(value: str, param: str) -> dict[str, Any]:
    return {"mode": _one_of(value, controls.MODES, param)}


def _priority(value: str, param: str) -> dict[str, Any]:
    return {"priority": _one_of(value, _CALLER_PRIORITIES, param)}


def _one_of(value: str, allowed: tuple[str, ...], param: str) -> str:
    if value not in allowed:
        raise InvalidRequestError(f"{param} must be one of {', '.join(allowed)}.", param=param)
    return value


def _max_error(value: str, param: str) -> dict[str, Any]:
    share = float(value) if _SHARE.fullmatch(value) else math.nan
    if not 0.0 <= share <= 1.0:
        raise InvalidRequestError(f"{param} must be a share between 0 and 1.", param=param)
    return {"max_error": share}


def _ttl(value: str, param: str) -> dict[str, Any]:
    return {"ttl_s": _seconds(value, param)}


def _namespace(value: Any, param: str) -> dict[str, Any]:
    return {"namespace": _name(value, param)}


def _tags(value: str, param: str) -> dict[str, Any]:
    tags = tuple(dict.fromkeys(_name(tag.strip(), param) for tag in value.split(",")))
    if len(tags) > _TAGS_LIMIT:
        raise InvalidRequestError(f"{param} takes at most {_TAGS_LIMIT} tags.", param=param)
    return {"tags": tags}


def _name(value: Any, param: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise InvalidRequestError(
            f"{param} takes letters, digits and . _ : / @ - (at most 200).", param=param
        )
    return value


_HEADERS = {
    "x-semcache-mode": _mode,
    "x-semcache-max-error": _max_error,
    "x-semcache-ttl": _ttl,
    "x-semcache-namespace": _namespace,
    "x-semcache-tags": _tags,
    "x-semcache-priority": _priority,
}
