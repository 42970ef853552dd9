"""The embedded services, as real servers; each starts in well under a second."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import redis

from core.home import CHECKOUT, Home
from core.services import sockets
from core.services.base import Service
from core.services.model import Model
from core.services.postgres import Postgres
from core.services.valkey import Valkey
from core.supervision import process
from core.supervision.errors import StartError

KINDS: list[type[Service]] = [Postgres, Valkey, Model]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(path=tmp_path / "home")


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def service(request: pytest.FixtureRequest, home: Home) -> Iterator[Service]:
    made: Service = request.param(home=home)
    yield made
    made.stop()


def test_a_service_answers_from_start_to_stop_and_again(service: Service) -> None:
    assert not service.answers()
    for _ in range(2):
        service.start()
        assert service.answers()
        service.stop()
        assert not service.answers()


def test_a_service_ends_when_its_owner_is_killed(service: Service, home: Home) -> None:
    kind = type(service)
    code = (
        f"import sys, time; sys.path.insert(0, {str(CHECKOUT)!r})\n"
        "from pathlib import Path\n"
        f"from core.home import Home\nfrom {kind.__module__} import {kind.__name__}\n"
        f"made = {kind.__name__}(home=Home(path=Path({str(home.path)!r})))\n"
        "made.start()\nprint(made._child.pid, flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert process.start_ticks(pid) is not None
        owner.kill()
    assert process.wait_until_gone([pid], timeout_s=10.0) == []
    service.start()  # what it left on disk is no obstacle
    assert service.answers()


@pytest.fixture
def postgres(home: Home) -> Iterator[Postgres]:
    made = Postgres(home=home)
    made.start()
    yield made
    made.stop()


def test_postgres_has_vectors_and_keeps_its_rows(postgres: Postgres, home: Home) -> None:
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE EXTENSION vector")
        connection.execute("CREATE TABLE kept (point halfvec(3))")
        connection.execute("INSERT INTO kept VALUES ('[1,2,3]')")
    postgres.stop()
    again = Postgres(home=home)
    again.start()
    try:
        with psycopg.connect(again.url) as connection:
            assert connection.execute("SELECT point::text FROM kept").fetchall() == [("[1,2,3]",)]
    finally:
        again.stop()


def test_postgres_keeps_committed_rows_when_it_is_killed(postgres: Postgres, home: Home) -> None:
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE TABLE kept (number int)")
    pid = _postmaster(home)
    os.kill(pid, signal.SIGKILL)
    assert process.wait_until_gone([pid], timeout_s=5.0) in ([], [pid])  # gone, or not yet reaped
    postgres.stop()
    postgres.start()
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_lock_file_that_names_a_stranger_is_no_obstacle(postgres: Postgres, home: Home) -> None:
    postgres.stop()
    lock = home.path / "postgres" / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.parent}\n0\n5432\n\n\n\nready\n")
    postgres.start()
    assert postgres.answers()


def test_variables_of_libpq_do_not_lead_elsewhere(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "6543")
    assert postgres.answers()


def test_an_unfinished_cluster_is_made_anew(home: Home) -> None:
    draft = home.path / "postgres" / "draft"
    draft.mkdir(parents=True)
    (draft / "half").touch()
    made = Postgres(home=home)
    made.start()
    try:
        assert made.answers()
        assert not draft.exists()
    finally:
        made.stop()


def test_valkey_never_evicts_what_does_not_expire(home: Home) -> None:
    valkey = Valkey(home=home)
    valkey.start()
    try:
        client = redis.Redis.from_url(valkey.url)
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lru"}
        client.config_set("maxmemory", "4mb")
        client.set("message", "waits for a worker")
        for number in range(2_000):
            client.set(f"answer-{number}", "x" * 4_096, ex=600)
        assert client.get("message") == b"waits for a worker"
        assert client.info("stats")["evicted_keys"] > 0
        client.close()
    finally:
        valkey.stop()


def test_a_home_with_a_very_long_path_gets_short_private_sockets(tmp_path: Path) -> None:
    home = Home(path=tmp_path / ("x" * 120))
    for kind in (Postgres, Valkey):
        service = kind(home=home)
        service.start()
        try:
            assert service.answers()
        finally:
            service.stop()


def test_a_socket_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(PermissionError, match="not a folder of ours"):
        sockets.folder(tmp_path / "link", file_name="s", user_id=os.geteuid())


def test_the_model_streams_and_counts_tokens(home: Home) -> None:
    home.path.mkdir()
    model = Model(home=home)
    model.start()
    body = {
        "model": "smollm2-135m-instruct",
        "messages": [{"role": "user", "content": "Say hello."}],
        "max_tokens": 8,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    try:
        answer = httpx.post(f"{model.url}/chat/completions", json=body, timeout=60)
    finally:
        model.stop()
    lines = [line for line in answer.text.splitlines() if line]
    assert lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert 1 <= chunks[-1]["usage"]["completion_tokens"] <= 8
    assert "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])


def test_a_service_that_cannot_start_shows_the_end_of_its_log(home: Home) -> None:
    postgres = Postgres(home=home)
    postgres.start()
    postgres.stop()
    (home.path / "postgres" / "data" / "PG_VERSION").write_text("9.6\n")
    began_s = time.monotonic()
    with pytest.raises(StartError) as caught:
        postgres.start()
    assert "incompatible" in caught.value.excerpt
    assert time.monotonic() - began_s < 10.0


def _postmaster(home: Home) -> int:
    text = (home.path / "postgres" / "data" / "postmaster.pid").read_text()
    return int(text.splitlines()[0])
