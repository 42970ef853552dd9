from pathlib import Path

from embeddings.encoders.onnx import OnnxEncoder
from semcache import conf
from semcache.providers import catalog
from semcache.providers.base import Provider
from semcache.providers.encoder import EncoderProvider
from semcache.providers.openai import OpenAIProvider


def models(settings: conf.Conf) -> catalog.Catalog:
    """Read the providers file, or take the embedded model."""
    if settings.providers_file:
        return catalog.read(Path(settings.providers_file))
    return catalog.embedded(settings.model_url)


def providers(settings: conf.Conf, listed: catalog.Catalog) -> dict[str, Provider]:
    return {vendor.name: _provider(settings, vendor) for vendor in listed.vendors}


def _provider(settings: conf.Conf, vendor: catalog.Vendor) -> Provider:
    if vendor.kind == "encoder":
        return EncoderProvider(name=vendor.name, encoder=OnnxEncoder())
    return OpenAIProvider(
        name=vendor.name,
        base_url=vendor.base_url,
        api_key=vendor.api_key,
        connect_timeout_s=settings.connect_timeout_s,
        token_timeout_s=settings.token_timeout_s,
    )
