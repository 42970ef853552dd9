import re

from embeddings.encoders.base import Encoder
from embeddings.encoders.hashing import HashingEncoder
from embeddings.encoders.onnx import OnnxEncoder
from embeddings.encoders.remote import RemoteEncoder
from embeddings.encoders.sentence import SentenceEncoder
from semcache import conf
from semcache.errors import ConfigurationError
from semcache.providers import remote
from semcache.providers.catalog import Catalog

_DIMENSION = re.compile(r"[1-9]\d{0,4}", re.ASCII)


def build(settings: conf.Conf, listed: Catalog) -> Encoder:
    """Build the encoder that SEMCACHE_ENCODER names.

    Raises:
        ConfigurationError: it names none.
    """
    kind, _, rest = settings.encoder.partition(":")
    if kind == "onnx" and not rest:
        return OnnxEncoder(threads=settings.encoder_threads)
    if kind == "hashing" and not rest:
        return HashingEncoder()
    if kind == "sentence" and rest:
        return SentenceEncoder(model=rest)
    if kind == "remote" and rest:
        return _remote(rest, settings, listed)
    raise ConfigurationError(
        "SEMCACHE_ENCODER is onnx, hashing, sentence:MODEL or remote:PROVIDER/MODEL:DIMENSION, "
        f"not {settings.encoder!r}."
    )


def _remote(rest: str, settings: conf.Conf, listed: Catalog) -> Encoder:
    place, _, dimension = rest.rpartition(":")
    vendor_name, _, model = place.partition("/")
    vendor = next((v for v in listed.vendors if v.name == vendor_name), None)
    if vendor is None or not (vendor.base_url and model and _DIMENSION.fullmatch(dimension)):
        raise ConfigurationError(
            f"SEMCACHE_ENCODER=remote:{rest}: expected remote:PROVIDER/MODEL:DIMENSION, with a "
            "provider of the providers file."
        )
    ask = remote.Embed(
        base_url=vendor.base_url,
        api_key=vendor.api_key,
        model=model,
        timeout_s=settings.token_timeout_s,
    )
    return RemoteEncoder(name=f"remote:{place}", dimension=int(dimension), ask=ask)
