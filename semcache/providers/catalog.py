"""The configured providers and models, in the order they are asked (SEMCACHE_PROVIDERS)."""

import math
import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semcache.errors import ConfigurationError, NotFoundError
from semcache.providers.prices import Price

_KINDS = ("openai", "encoder")
_MODEL_KINDS = ("chat", "embeddings")
_HEADINGS = {"providers": "each under [[providers]]", "models": "each under [[providers.models]]"}
_VENDOR_FIELDS = {"name", "kind", "base_url", "api_key_env", "order", "models"}
_MODEL_FIELDS = {"name", "kind", "upstream", "input_usd_per_mtok", "output_usd_per_mtok"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """How to reach one provider."""

    name: str
    kind: str
    base_url: str = ""
    api_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way to a model. `upstream`: the model's name at the vendor."""

    model: str
    kind: str
    vendor: str
    upstream: str
    price: Price | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All vendors, and for each model its routes in order of preference."""

    vendors: tuple[Vendor, ...]
    routes: tuple[Route, ...]

    def find(self, model: str, *, kind: str) -> list[Route]:
        """List the routes to a model.

        Raises:
            NotFoundError: no provider has it.
        """
        found = [r for r in self.routes if r.model == model and r.kind == kind]
        if not found:
            known = ", ".join(self.models(kind)) or "none"
            raise NotFoundError(
                f"The model {model!r} does not exist here; {kind} models: {known}.",
                param="model",
                code="model_not_found",
            )
        return found

    def models(self, kind: str | None = None) -> list[str]:
        return list(dict.fromkeys(r.model for r in self.routes if kind in {None, r.kind}))


def embedded(model_url: str) -> Catalog:
    """The catalog where nothing is configured: the local model, and the built-in encoder."""
    free = Price(input_usd_per_mtok=0.0, output_usd_per_mtok=0.0)
    chat = Route(
        model="smollm2-135m-instruct",
        kind="chat",
        vendor="local",
        upstream="smollm2-135m-instruct",
        price=free,
    )
    vectors = Route(
        model="all-MiniLM-L6-v2",
        kind="embeddings",
        vendor="encoder",
        upstream="all-MiniLM-L6-v2",
        price=free,
    )
    local = Vendor(name="local", kind="openai", base_url=model_url)
    return Catalog(vendors=(local, Vendor(name="encoder", kind="encoder")), routes=(chat, vectors))


def read(path: Path) -> Catalog:
    """Read a providers file.

    Raises:
        ConfigurationError: it cannot be read or meant; says which place.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"SEMCACHE_PROVIDERS {path}: {error}") from error
    tables = _tables(said, "providers", where=str(path))
    if not tables:
        raise ConfigurationError(f"{path}: there is no [[providers]] table.")
    _refuse_unknown(said, {"providers"}, where=str(path))
    for table in tables:
        _check_order(table, where=f"{path}: provider {table.get('name')}")
    ordered = sorted(tables, key=lambda table: table.get("order", 0))
    vendors = tuple(_vendor(table, where=str(path)) for table in ordered)
    if len({vendor.name for vendor in vendors}) < len(vendors):
        raise ConfigurationError(f"{path}: two providers have the same name.")
    routes = []
    for table, vendor in zip(ordered, vendors, strict=True):
        where = f"{path}: provider {vendor.name}"
        routes += [_route(m, vendor, where=where) for m in _tables(table, "models", where=where)]
    return Catalog(vendors=vendors, routes=tuple(routes))


def _vendor(table: Mapping[str, Any], *, where: str) -> Vendor:
    name = _text(table, "name", where=where)
    where = f"{where}: provider {name}"
    _refuse_unknown(table, _VENDOR_FIELDS, where=where)
    kind = _choice(table, "kind", _KINDS, where=where)
    base_url = _text(table, "base_url", where=where) if kind == "openai" else ""
    if base_url and not base_url.startswith(("http://", "https://")):
        raise ConfigurationError(f"{where}: base_url must begin with http:// or https://.")
    return Vendor(name=name, kind=kind, base_url=base_url, api_key=_secret(table, where=where))


def _route(table: Mapping[str, Any], vendor: Vendor, *, where: str) -> Route:
    model = _text(table, "name", where=where)
    where = f"{where}: model {model}"
    _refuse_unknown(table, _MODEL_FIELDS, where=where)
    kind = _choice(table, "kind", _MODEL_KINDS, where=where)
    if vendor.kind == "encoder" and kind != "embeddings":
        raise ConfigurationError(f"{where}: an encoder has embeddings models only; set kind.")
    return Route(
        model=model,
        kind=kind,
        vendor=vendor.name,
        upstream=_text(table, "upstream", where=where) if "upstream" in table else model,
        price=_price(table, where=where),
    )


def _check_order(table: Mapping[str, Any], *, where: str) -> None:
    if not _is_number(table.get("order", 0)):
        raise ConfigurationError(f"{where}: order must be a number.")


def _tables(said: Mapping[str, Any], name: str, *, where: str) -> list[dict[str, Any]]:
    tables = said.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(f"{where}: {name} must be tables, {_HEADINGS[name]}.")
    return tables


def _refuse_unknown(table: Mapping[str, Any], known: Collection[str], *, where: str) -> None:
    """A misspelled name would otherwise be passed over in silence."""
    for name in table:
        if name not in known:
            raise ConfigurationError(f"{where}: {name} is unknown; {', '.join(sorted(known))}.")


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and math.isfinite(value)


def _price(table: Mapping[str, Any], *, where: str) -> Price | None:
    said = [table.get("input_usd_per_mtok"), table.get("output_usd_per_mtok")]
    if said == [None, None]:
        return None
    given = [float(price) for price in said if price is not None and _is_number(price)]
    if len(given) != len(said) or min(given) < 0:
        raise ConfigurationError(
            f"{where}: input_usd_per_mtok and output_usd_per_mtok are numbers, and go together."
        )
    return Price(input_usd_per_mtok=given[0], output_usd_per_mtok=given[1])


def _secret(table: Mapping[str, Any], *, where: str) -> str:
    """Read the key from the variable that api_key_env names, or from the file NAME_FILE names."""
    if "api_key_env" not in table:
        return ""
    variable = _text(table, "api_key_env", where=where)
    value, path = os.environ.get(variable), os.environ.get(f"{variable}_FILE")
    if value and path:
        raise ConfigurationError(f"{where}: set {variable} or {variable}_FILE, not both.")
    try:
        found = value or (Path(path).read_text(encoding="utf-8").strip() if path else "")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{where}: {variable}_FILE: {error}") from error
    if not found:
        raise ConfigurationError(
            f"{where}: set {variable}, or {variable}_FILE to a file that holds it."
        )
    return found


def _text(table: Mapping[str, Any], name: str, *, where: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{where}: {name} is missing.")
    return value


def _choice(table: Mapping[str, Any], name: str, allowed: tuple[str, ...], *, where: str) -> str:
    value = table.get(name, allowed[0])
    if value not in allowed:
        raise ConfigurationError(f"{where}: {name} must be one of {', '.join(allowed)}.")
    return str(value)
