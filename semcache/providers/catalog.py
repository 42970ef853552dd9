"""The configured providers and models, in the order they are asked (SEMCACHE_PROVIDERS)."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semcache.errors import ConfigurationError, NotFoundError
from semcache.providers.prices import Price

_KINDS = ("openai", "encoder")
_MODEL_KINDS = ("chat", "embeddings")


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
    tables = said.get("providers")
    if not isinstance(tables, list) or not tables:
        raise ConfigurationError(f"{path}: there is no [[providers]] table.")
    ordered = sorted(tables, key=lambda table: table.get("order", 0))
    vendors = tuple(_vendor(table, where=str(path)) for table in ordered)
    routes = tuple(
        _route(model, vendor=table["name"], where=f"{path}: provider {table['name']}")
        for table in ordered
        for model in table.get("models", [])
    )
    if len({vendor.name for vendor in vendors}) < len(vendors):
        raise ConfigurationError(f"{path}: two providers have the same name.")
    return Catalog(vendors=vendors, routes=routes)


def _vendor(table: Mapping[str, Any], *, where: str) -> Vendor:
    name = _text(table, "name", where=where)
    where = f"{where}: provider {name}"
    kind = _choice(table, "kind", _KINDS, where=where)
    base_url = _text(table, "base_url", where=where) if kind == "openai" else ""
    if base_url and not base_url.startswith(("http://", "https://")):
        raise ConfigurationError(f"{where}: base_url must begin with http:// or https://.")
    return Vendor(name=name, kind=kind, base_url=base_url, api_key=_secret(table, where=where))


def _route(table: Mapping[str, Any], *, vendor: str, where: str) -> Route:
    model = _text(table, "name", where=where)
    where = f"{where}: model {model}"
    return Route(
        model=model,
        kind=_choice(table, "kind", _MODEL_KINDS, where=where),
        vendor=vendor,
        upstream=str(table.get("upstream") or model),
        price=_price(table, where=where),
    )


def _price(table: Mapping[str, Any], *, where: str) -> Price | None:
    said = [table.get("input_usd_per_mtok"), table.get("output_usd_per_mtok")]
    if said == [None, None]:
        return None
    given = [float(price) for price in said if isinstance(price, int | float) and price >= 0]
    if len(given) != len(said):
        raise ConfigurationError(
            f"{where}: input_usd_per_mtok and output_usd_per_mtok are numbers, and go together."
        )
    return Price(input_usd_per_mtok=given[0], output_usd_per_mtok=given[1])


def _secret(table: Mapping[str, Any], *, where: str) -> str:
    """Read the key from the variable that api_key_env names, or from the file NAME_FILE names."""
    variable = table.get("api_key_env")
    if not variable:
        return ""
    if value := os.environ.get(variable):
        return value
    path = os.environ.get(f"{variable}_FILE")
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else _missing(where, variable)
    except OSError as error:
        raise ConfigurationError(f"{where}: {variable}_FILE: {error}") from error


def _missing(where: str, variable: str) -> str:
    raise ConfigurationError(
        f"{where}: set {variable}, or {variable}_FILE to a file that holds it."
    )


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
