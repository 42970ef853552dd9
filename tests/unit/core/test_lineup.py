from pathlib import Path

import pytest

from core.env import BadSettingError
from core.home import Home
from core.lineup import Lineup


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(path=tmp_path)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("0.0.0.0", "http://127.0.0.1:8123"),  # noqa: S104
        ("::", "http://[::1]:8123"),
        ("cache.example", "http://cache.example:8123"),
    ],
)
def test_the_base_url_can_be_opened_on_this_machine(
    home: Home, monkeypatch: pytest.MonkeyPatch, host: str, url: str
) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PORT", "8123")
    assert Lineup.from_environment(home).base_url == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("SEMCACHE_SERVER", "gunicorn"),
        ("SEMCACHE_WORKER_THREADS", "0"),
    ],
)
def test_nonsense_is_refused_by_name(
    home: Home, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettingError, match=name):
        Lineup.from_environment(home)


def test_children_agree_on_the_home_and_get_no_foreign_variables(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANIAN_WORKERS", "9")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PGHOST", "elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("OPENAI_API_KEY", "for a provider")
    for program in Lineup.from_environment(home).programs():
        assert program.environment["SEMCACHE_HOME"] == str(home.path)
        assert program.environment["OPENAI_API_KEY"] == "for a provider"
        assert "elsewhere" not in " ".join(program.environment.values())
        assert "GRANIAN_WORKERS" not in program.environment


def test_libpq_variables_reach_a_database_that_is_not_embedded(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://alice@db.example/semcache")
    monkeypatch.setenv("PGPASSFILE", "/run/secrets/pgpass")
    for program in Lineup.from_environment(home).programs():
        assert program.environment["PGPASSFILE"] == "/run/secrets/pgpass"


def test_every_queue_has_one_worker(home: Home) -> None:
    programs = Lineup.from_environment(home).programs()
    served = [
        queue
        for program in programs
        if "--queues" in program.command
        for queue in program.command[program.command.index("--queues") + 1 :]
    ]
    assert sorted(served) == ["background", "batch", "default", "interactive"]
