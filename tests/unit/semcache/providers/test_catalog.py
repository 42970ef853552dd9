from collections.abc import Callable
from pathlib import Path

import pytest

from semcache.errors import ConfigurationError, NotFoundError
from semcache.providers import catalog
from semcache.providers.catalog import Catalog, Vendor
from semcache.providers.prices import Price

GOOD = """
[[providers]]
name = "backup"
base_url = "http://localhost:9/v1"
order = 2

  [[providers.models]]
  name = "gpt-4o"
  upstream = "acme/gpt-4o"

[[providers]]
name = "openai"
kind = "openai"
base_url = "https://api.openai.com/v1"
api_key_env = "ACME_KEY"
order = 1

  [[providers.models]]
  name = "gpt-4o"
  input_usd_per_mtok = 2.5
  output_usd_per_mtok = 10

  [[providers.models]]
  name = "text-embedding-3-small"
  kind = "embeddings"

[[providers]]
name = "builtin"
kind = "encoder"

  [[providers.models]]
  name = "all-MiniLM-L6-v2"
  kind = "embeddings"
"""

Read = Callable[[str], Catalog]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def write_and_read(text: str) -> Catalog:
        path = tmp_path / "providers.toml"
        path.write_text(text, encoding="utf-8")
        return catalog.read(path)

    return write_and_read


def provider(
    more: str = "", *, name: str = "acme", url: str = "http://x/v1", model: str = 'name = "m"'
) -> str:
    """Write a good file with one provider and one model."""
    return (
        f'[[providers]]\nname = "{name}"\nbase_url = "{url}"\n{more}\n'
        f"[[providers.models]]\n{model}\n"
    )


# ------------------------------------------------------------------ a good file
def test_providers_are_asked_in_the_order_they_are_given(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_KEY", "sk-1")
    listed = read(GOOD)

    routes = listed.find("gpt-4o", kind="chat")

    asked = [(route.vendor, route.upstream) for route in routes]
    assert asked == [("openai", "gpt-4o"), ("backup", "acme/gpt-4o")]
    assert routes[0].price == Price(input_usd_per_mtok=2.5, output_usd_per_mtok=10.0)
    assert routes[1].price is None


def test_models_are_listed_once_by_kind(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_KEY", "sk-1")
    listed = read(GOOD)

    assert listed.models("chat") == ["gpt-4o"]
    assert set(listed.models("embeddings")) == {"text-embedding-3-small", "all-MiniLM-L6-v2"}
    assert len(listed.models()) == 3


def test_providers_without_an_order_are_asked_as_they_stand(read: Read) -> None:
    listed = read(provider(name="first") + provider(name="second"))

    assert [route.vendor for route in listed.find("m", kind="chat")] == ["first", "second"]


def test_a_model_nobody_has_is_not_found_and_the_known_ones_are_named(read: Read) -> None:
    listed = read(provider())

    with pytest.raises(NotFoundError, match="'n' does not exist here; chat models: m") as caught:
        listed.find("n", kind="chat")
    assert (caught.value.param, caught.value.code) == ("model", "model_not_found")
    with pytest.raises(NotFoundError, match="embeddings models: none"):
        listed.find("m", kind="embeddings")


def test_where_nothing_is_configured_the_local_model_and_the_encoder_are_there() -> None:
    listed = catalog.embedded("http://127.0.0.1:9/v1")

    assert listed.models("chat") == ["smollm2-135m-instruct"]
    assert listed.models("embeddings") == ["all-MiniLM-L6-v2"]
    assert listed.vendors[0].base_url == "http://127.0.0.1:9/v1"


# ------------------------------------------------------------------ secrets
def key(listed: Catalog) -> str:
    (vendor,) = listed.vendors
    assert isinstance(vendor, Vendor)
    return vendor.api_key


def test_a_key_comes_from_the_variable_it_names(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_KEY", "sk-1")

    assert key(read(provider('api_key_env = "ACME_KEY"'))) == "sk-1"
    assert key(read(provider())) == ""


def test_a_key_comes_from_the_file_that_name_file_names(
    read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("sk-2\n", encoding="utf-8")
    monkeypatch.delenv("ACME_KEY", raising=False)
    monkeypatch.setenv("ACME_KEY_FILE", str(secret))

    assert key(read(provider('api_key_env = "ACME_KEY"'))) == "sk-2"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_key_file_that_holds_no_key_is_refused(
    content: bytes | None, read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_bytes(content)
    monkeypatch.delenv("ACME_KEY", raising=False)
    monkeypatch.setenv("ACME_KEY_FILE", str(secret))

    with pytest.raises(ConfigurationError, match="ACME_KEY_FILE"):
        read(provider('api_key_env = "ACME_KEY"'))


def test_a_key_that_is_nowhere_is_asked_for_by_name(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ACME_KEY", raising=False)
    monkeypatch.delenv("ACME_KEY_FILE", raising=False)

    with pytest.raises(ConfigurationError, match="acme: set ACME_KEY, or ACME_KEY_FILE"):
        read(provider('api_key_env = "ACME_KEY"'))


# ------------------------------------------------------------------ a bad file
@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("", "providers.toml", "[[providers]]"),
        ("providers = 5", "providers.toml", "providers]]"),
        ("providers = []", "providers.toml", "[[providers]]"),
        ('providers = ["openai"]', "providers.toml", "providers]]"),
        ("[[providers", "providers.toml", "at end of document"),
        ('[[providers]]\nbase_url = "http://x"', "providers.toml", "name is missing"),
        ('[[providers]]\nname = ""', "providers.toml", "name is missing"),
        ('[[providers]]\nname = "acme"', "acme", "base_url is missing"),
        (provider(url="api.acme.test/v1"), "acme", "http://"),
        (provider('kind = "bedrock"'), "acme", "openai, encoder"),
        (provider('kind = ["openai"]'), "acme", "openai, encoder"),
        (provider() + provider(), "providers.toml", "same name"),
        (provider('order = "first"') + provider("order = 2", name="b"), "providers.toml", "order"),
        (provider("api_key_env = 5"), "acme", "api_key_env"),
        (provider('base_ulr = "http://x"'), "acme", "base_ulr"),
        ('[[providers]]\nname="e"\nkind="encoder"\n[[providers.models]]\nname="m"', "e", "kind"),
        (provider(model='kind = "chat"'), "acme", "name is missing"),
        (provider(model='name = "m"\nkind = "image"'), "model m", "chat, embeddings"),
        (provider(model='name = "m"\ninput_usd_per_mtok = 1'), "model m", "go together"),
        (
            provider(model='name = "m"\ninput_usd_per_mtok = "1"\noutput_usd_per_mtok = 1'),
            "model m",
            "numbers",
        ),
        (
            provider(model='name = "m"\ninput_usd_per_mtok = -1\noutput_usd_per_mtok = 1'),
            "model m",
            "numbers",
        ),
        (
            provider(model='name = "m"\ninput_usd_per_mtok = inf\noutput_usd_per_mtok = 1'),
            "model m",
            "numbers",
        ),
        ('[[providers]]\nname = "acme"\nbase_url = "http://x"\nmodels = "m"', "acme", "models"),
        ('[[providers]]\nname = "acme"\nbase_url = "http://x"\nmodels = 5', "acme", "models"),
        ('[[providers]]\nname = "acme"\nbase_url = "http://x"\nmodels = ["m"]', "acme", "models"),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_a_bad_file_says_the_place_and_what_is_wrong(
    text: str, place: str, remedy: str, read: Read
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(text)

    assert place in caught.value.message
    assert remedy in caught.value.message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "latin.toml"
    broken.write_bytes(b'[[providers]]\nname = "\xe9"')

    for path in (broken, tmp_path / "none.toml", tmp_path):
        with pytest.raises(ConfigurationError, match="SEMCACHE_PROVIDERS"):
            catalog.read(path)
