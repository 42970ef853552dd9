"""The pages keep to their form: links lead somewhere, one sentence a line, examples can be read."""

import re
import tomllib
from pathlib import Path

import pytest

from semcache.providers import catalog

CHECKOUT = Path(__file__).resolve().parents[3]
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCED.sub("", page.read_text())
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = page.parent / path if path else page
        assert found.exists(), f"{page.name}: {target}"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            assert anchor in {title.lower().replace(" ", "-") for title in titles}, target


@every_page
def test_a_line_holds_one_sentence(page: Path) -> None:
    for line in FENCED.sub("", page.read_text()).splitlines():
        if line.startswith(("|", "-", "#", " ")) or re.match(r"\d+\. ", line):
            continue
        prose = re.sub(r"`[^`]*`|\([^)]*\)|\"[^\"]*\"|\*\*[^*]*\*\*", "x", line)
        assert not re.search(r"[.!?] [A-Z]", prose), f"{page.name}: {line}"


@every_page
def test_every_file_named_in_the_prose_is_there(page: Path) -> None:
    text = page.read_text()
    roots = "core|semcache|embeddings|warmers|benchmarks|tests"
    for path in re.findall(rf"`((?:{roots})/[\w/.]+)`", text):
        assert (CHECKOUT / path).exists(), f"{page.name}: {path}"


def test_examples_of_the_providers_file_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-made-up")
    monkeypatch.delenv("OPENAI_API_KEY_FILE", raising=False)
    examples = [
        example
        for page in PAGES
        for example in re.findall(
            r"^```toml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL
        )
    ]
    assert len(examples) >= 2
    for example in examples:
        path = tmp_path / "providers.toml"
        path.write_text(example)
        assert catalog.read(path).models()
        check_fields(example)


def check_fields(example: str) -> None:
    """Compare with the reference: it lists every field, and no example has another."""
    documented = documented_fields()
    for table in tomllib.loads(example)["providers"]:
        models = table.pop("models", [])
        assert set(table) | {name for model in models for name in model} <= documented


def documented_fields() -> set[str]:
    reference = (CHECKOUT / "docs/reference/providers.md").read_text()
    columns = re.findall(r"^\| (.*?) \|", reference, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", "".join(columns)))


def test_the_fields_of_the_providers_file_are_those_the_code_reads() -> None:
    names = catalog._VENDOR_FIELDS | catalog._MODEL_FIELDS  # noqa: SLF001 - the file's grammar
    names -= {"models"}  # a heading
    assert documented_fields() == names
