"""`python -m benchmarks quality` and `replay`, as a person types them."""

import gzip
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks import __main__ as command
from tests import servers
from tests.callers import Caller
from tests.servers import eventually

Figures = dict[str, float]
Measure = Callable[..., Figures]
ROWS = [
    {"a": "How tall is Mount Fuji?", "b": "How tall is Mount Fuji?", "label": 1},
    {"a": "Who painted the night watch?", "b": "Convert 12 miles to km", "label": 0},
]


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for reports; vectors are kept beside it, not in the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "out"


@pytest.fixture
def measure(out: Path, tmp_path: Path) -> Measure:
    """Run the scenario on the rows above, and read its figures."""
    data = tmp_path / "data"
    data.mkdir()
    with gzip.open(data / "pairs_tiny.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in ROWS)

    def run(*options: str, status: int = 0) -> Figures:
        result = tmp_path / "result.json"
        words = ["quality", "--data", str(data), "--set", "tiny", "--out", str(out)]
        assert command.main([*words, "--json", str(result), *options]) == status
        figures: Figures = json.loads(result.read_text())["figures"]
        return figures

    return run


def test_pairs_are_measured_and_a_report_is_written(
    measure: Measure, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = measure()

    assert figures["tiny.semcache.should_hit_served"] == 1.0
    assert figures["tiny.semcache.traps_served"] == 0.0
    assert "tiny: pairs, each by itself" in capsys.readouterr().out
    (folder,) = out.iterdir()
    assert folder.name.endswith("-tiny")
    assert "| semcache |" in (folder / "report.md").read_text()
    assert "night watch" not in (folder / "report.md").read_text()
    assert json.loads((folder / "figures.json").read_text())["figures"] == figures


def test_another_cache_stands_beside_ours(
    measure: Measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "generous.py").write_text("def hit(stored, asked):\n    return True\n")

    figures = measure("--check", "generous:hit")

    assert figures["tiny.check.traps_served"] == 1.0


def test_ctrl_c_keeps_what_was_measured(
    measure: Measure, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "impatient.py").write_text(
        "def hit(stored, asked):\n"
        "    if 'Fuji' in stored:\n        raise KeyboardInterrupt\n    return True\n"
    )
    first = [{"a": "one", "b": "two", "label": 0}]
    with gzip.open(tmp_path / "data" / "pairs_first.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in first)

    figures = measure("--set", "first", "tiny", "--check", "impatient:hit", status=130)

    assert "first.check.traps_served" in figures
    assert "tiny.check.traps_served" not in figures
    assert [folder.name[-5:] for folder in out.iterdir()] == ["first"]


def test_a_running_product_is_asked_over_http(measure: Measure, product: servers.Product) -> None:
    url, key = f"{product.web.root_url}/v1", product.keys["alice"]

    figures = measure("--http", "--base-url", url, "--key", key)

    assert figures["tiny.http.should_hit_served"] == 1.0
    assert figures["tiny.http.traps_served"] == 0.0
    counts = [figures[f"tiny.http.{name}"] for name in ("otherwise", "of_others", "errors")]
    assert counts == [0, 0, 0]


def test_a_first_side_that_is_not_kept_does_not_count(
    measure: Measure, product: servers.Product
) -> None:
    url, key = f"{product.web.root_url}/v1", product.keys["alice"]

    figures = measure(
        "--http", "--alone", "--base-url", url, "--key", key, "--model", "fake-length"
    )

    assert figures["tiny.http.not_kept"] == 2
    assert "tiny.http.should_hit_served" not in figures


def test_a_wrong_key_is_refused(
    out: Path, product: servers.Product, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["quality", "--limit", "2", "--out", str(out), "--http", "--key", "wrong"]

    assert command.main([*words, "--base-url", f"{product.web.root_url}/v1"]) == 1
    assert "401" in capsys.readouterr().err


def test_the_past_is_read_from_the_products_database(
    product: servers.Product,
    hire: Callable[..., Caller],
    book: "psycopg.Connection[Any]",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tenant = f"past-{secrets.token_hex(4)}"
    product.keys[tenant] = product.manage("issue_key", "--tenant", tenant).stdout.strip()
    caller = hire(product, tenant)
    caller.learn("Which river runs through Vienna?")
    caller.ask("How is wine made?")
    count = "SELECT count(*) FROM semcache_decision JOIN semcache_tenant t ON t.id = tenant_id"
    hits = f"{count} WHERE t.name = %s AND source = 'hit-semantic'"
    eventually(lambda: (book.execute(hits, (tenant,)).fetchone() or [0])[0], what="the journal")
    monkeypatch.setenv("DATABASE_URL", product.stores.postgres.url)
    result = tmp_path / "replay.json"

    words = ["replay", "--from-audit", "--tenant", tenant, "--json", str(result)]
    assert command.main([*words, "--max-error", "0.5"]) == 0

    figures = json.loads(result.read_text())["figures"]
    assert figures["happened.hits"] >= 1
    assert figures["happened.requests"] > figures["happened.hits"]
    assert figures["happened.saved_usd"] > 0
    assert figures["max_error_50pct.hits"] >= figures["happened.hits"]
    assert figures["happened.labels"] == 0


def test_a_tenant_that_is_not_there_is_named(
    product: servers.Product, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", product.stores.postgres.url)

    assert command.main(["replay", "--from-audit", "--tenant", "nobody"]) == 1
    assert "no tenant nobody: there are" in capsys.readouterr().err


def test_replay_says_where_it_looked_for_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("SEMCACHE_HOME", str(tmp_path))

    assert command.main(["replay", "--from-audit"]) == 1
    assert str(tmp_path / "services.json") in capsys.readouterr().err
