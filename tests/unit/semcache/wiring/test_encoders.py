from dataclasses import replace

import pytest

from semcache import conf
from semcache.errors import ConfigurationError
from semcache.providers import catalog
from semcache.wiring import encoders

LISTED = catalog.embedded("http://127.0.0.1:9/v1")


def name(said: str) -> str:
    return encoders.build(replace(conf.load(), encoder=said), LISTED).name


def test_each_encoder_has_a_name_of_its_own_to_be_recorded_with_its_vectors() -> None:
    said = ("onnx", "hashing", "remote:local/some-model:384")

    assert len({name(one) for one in said}) == 3


def test_a_remote_encoder_has_the_dimension_it_is_given() -> None:
    settings = replace(conf.load(), encoder="remote:local/org/model:v2:1536")

    assert encoders.build(settings, LISTED).dimension == 1536


@pytest.mark.parametrize(
    "said",
    [
        "",
        "word2vec",
        "onnx:x",
        "hashing:5",
        "sentence",
        "sentence:",
        "remote",
        "remote:local/m",
        "remote:local/m:x",
        "remote:local:384",
        "remote:nobody/m:384",
        "remote:local/m:-1",
        "remote:local/m:0",
        "remote:local/m:²",
    ],
)
def test_an_encoder_that_cannot_be_meant_is_refused_by_the_settings_name(said: str) -> None:
    with pytest.raises(ConfigurationError, match="SEMCACHE_ENCODER"):
        name(said)


def test_a_provider_that_takes_no_requests_cannot_be_a_remote_encoder() -> None:
    """The built-in encoder has no address."""
    with pytest.raises(ConfigurationError, match="SEMCACHE_ENCODER"):
        name("remote:encoder/all-MiniLM-L6-v2:384")
