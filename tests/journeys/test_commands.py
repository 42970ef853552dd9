"""The operator's commands, as typed."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks.upstream.server import Upstream
from tests import servers
from tests.callers import Caller, unique
from tests.servers import eventually

Kept = Callable[[], int]


@pytest.mark.parametrize(
    "command",
    ["up", "scheduler", "issue_key", "warm", "purge", "rebuild_index", "cache_stats", "explain"],
)
def test_help_says_what_a_command_does(product: servers.Product, command: str) -> None:
    said = product.manage(command, "--help")
    assert said.returncode == 0, said.stderr
    assert len(said.stdout.split("options:")[0].split()) > 15, "the help says nothing"


def test_a_key_is_issued_and_works_at_once(
    product: servers.Product, hire: Callable[..., Caller], alice: Caller, tmp_path: Path
) -> None:
    said = product.manage("issue_key", "--tenant", "a", "--label", "erin")
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("sk-sc-")
    product.keys["erin"] = said.stdout.strip()
    prompt = unique()
    alice.ask(prompt)
    assert hire(product, "erin").ask(prompt).level == "hit-exact"

    out = tmp_path / "key"
    product.manage("issue_key", "--tenant", "new", "--out", str(out), "--if-none")
    issued = out.read_text()
    assert out.stat().st_mode & 0o777 == 0o600
    product.manage("issue_key", "--tenant", "new", "--out", str(out), "--if-none")
    assert out.read_text() == issued
    product.keys["frank"] = issued.strip()
    assert hire(product, "frank").ask(prompt).level == "miss"


def test_a_key_is_not_kept_as_it_is(
    product: servers.Product, book: "psycopg.Connection[Any]"
) -> None:
    rows = book.execute("SELECT k::text FROM semcache_apikey k").fetchall()
    text = " ".join(row[0] for row in rows)
    for key in product.keys.values():
        assert key not in text
        assert key[18:] not in text


def test_warming_fills_the_cache_and_costs_nothing_twice(
    product: servers.Product, alice: Caller, namespace: str, provider: Upstream, tmp_path: Path
) -> None:
    prompts = [unique(f"{word} is what?") for word in ("Alpha", "Beta", "Gamma")]
    file = tmp_path / "prompts.txt"
    system = {"role": "system", "content": "Be brief."}
    user = {"role": "user", "content": prompts[2]}
    lines = [prompts[0], "", prompts[1], prompts[0], json.dumps({"messages": [system, user]})]
    file.write_text("\n".join(lines), encoding="utf-8")

    words = ("warm", str(file), "--tenant", "a", "--namespace", namespace, "--model", "fake")
    first = product.manage(*words)
    assert first.returncode == 0, first.stderr
    assert "3 generated, 0 already cached, 0 not kept, 0 failed" in first.stdout
    second = product.manage(*words)
    assert "0 generated, 3 already cached, 0 not kept, 0 failed" in second.stdout
    assert provider.calls()["generations"] == 3
    assert alice.ask(prompts[0]).level == "hit-exact"
    assert alice.ask([system, user]).level == "hit-exact"


def test_warming_says_what_failed_and_goes_on(
    product: servers.Product, namespace: str, tmp_path: Path
) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_text('[{"role": "wizard", "content": "x"}]\nWhat is a newt?\n', encoding="utf-8")
    said = product.manage("warm", str(file), "--tenant", "a", "--namespace", namespace)
    assert said.returncode == 1
    assert "1 generated, 0 already cached, 0 not kept, 1 failed" in said.stdout
    assert "messages[0].role" in said.stdout + said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file"),
        (b"", "holds no prompts"),
        (b"good\n{not json", ":2: not JSON"),
        (b'{"messages": "hello"}', ":1: expected a list of messages"),
        (b"\xff\xfe\x00", "prompts"),
    ],
)
def test_a_file_that_cannot_be_warmed_from_is_refused(
    product: servers.Product, tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    file = tmp_path / "prompts"
    if content is not None:
        file.write_bytes(content)
    said = product.manage("warm", str(file), "--tenant", "a")
    assert said.returncode == 1
    assert complaint in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    "words", [("--tenant", "nobody"), ("--tenant", "a", "--model", "gpt-nothing")]
)
def test_warming_for_nobody_or_by_nobody_is_refused(
    product: servers.Product, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "prompts"
    file.write_text("What is a newt?", encoding="utf-8")
    said = product.manage("warm", str(file), *words)
    assert said.returncode == 1
    assert words[-1] in said.stdout + said.stderr
    assert "Traceback" not in said.stderr


def test_a_purge_is_dry_unless_told_otherwise(
    product: servers.Product, alice: Caller, charlie: Caller, namespace: str, kept: Kept
) -> None:
    question, paraphrase = (
        "Which planet has the most moons?",
        "Which planet has got the most moons?",
    )
    for caller in (alice, charlie):
        caller.learn(question)
    assert alice.ask(paraphrase).level == "hit-semantic"
    assert alice.ask(paraphrase).level == "hit-exact"
    where = ("purge", "--tenant", "a", "--namespace", namespace)
    said = product.manage(*where)
    assert "1 entries would be deleted" in said.stdout
    assert kept() == 2

    said = product.manage(*where, "--yes")
    assert "1 entries deleted" in said.stdout
    assert kept() == 1
    only_cached = {"Cache-Control": "only-if-cached"}
    for prompt in (question, paraphrase, question + " "):
        gone = partial(alice.ask, prompt, headers=only_cached)
        eventually(lambda gone=gone: gone().status == 504, within_s=5)  # type: ignore[misc]
    assert charlie.ask(question).level == "hit-exact"


@pytest.mark.parametrize("by", ["tag", "handle", "model", "older-than-s"])
def test_a_purge_takes_what_it_is_told(
    product: servers.Product, alice: Caller, namespace: str, kept: Kept, by: str
) -> None:
    alice.ask("What is a newt?", headers={"x-semcache-tags": f"t-{namespace}"})
    other = alice.ask("Who invented the steam engine?", model="fake-json")
    value = {
        "tag": f"t-{namespace}",
        "handle": other.headers["x-semcache-entry"],
        "model": "fake-json",
        "older-than-s": "3600",
    }[by]
    said = product.manage("purge", "--namespace", namespace, f"--{by}", value, "--yes")
    assert said.returncode == 0, said.stderr
    assert kept() == (2 if by == "older-than-s" else 1)


@pytest.mark.parametrize(
    "words", [(), ("--yes",), ("--all", "--tenant", "a"), ("--older-than-s", "old")]
)
def test_a_purge_of_nothing_in_particular_is_refused(
    product: servers.Product, words: tuple[str, ...]
) -> None:
    said = product.manage("purge", *words)
    assert said.returncode != 0
    assert "Traceback" not in said.stderr


def test_statistics_count_entries_and_requests(
    product: servers.Product, alice: Caller, book: "psycopg.Connection[Any]"
) -> None:
    prompt = unique()
    alice.ask(prompt)
    alice.ask(prompt)
    query = "SELECT count(*) FROM semcache_usagebucket WHERE source = 'hit-exact'"
    eventually(lambda: (book.execute(query).fetchone() or (0,))[0] > 0, what="the usage")
    said = product.manage("cache_stats")
    assert said.returncode == 0, said.stderr
    assert "hit-exact" in said.stdout
    assert "Hit rate: " in said.stdout
    assert product.manage("cache_stats", "--tenant", "nobody").stdout.endswith("No requests yet.\n")


def test_django_finds_nothing_wrong(product: servers.Product) -> None:
    said = product.manage("check")
    assert (said.returncode, "no issues" in said.stdout) == (0, True), said.stderr
    said = product.manage("makemigrations", "--check", "--dry-run")
    assert said.returncode == 0, said.stdout


def test_the_index_is_rebuilt(
    product: servers.Product, alice: Caller, namespace: str, book: "psycopg.Connection[Any]"
) -> None:
    alice.learn("How deep is the Baltic Sea?")
    query = "UPDATE semcache_entry SET embedding = NULL WHERE namespace = %s"
    book.execute(query, (namespace,))
    said = product.manage("rebuild_index")
    assert said.returncode == 0, said.stderr
    only_cached = {"Cache-Control": "only-if-cached"}
    eventually(
        lambda: (
            alice.ask("How deep is the sea, the Baltic Sea?", headers=only_cached).status == 200
        ),
        what="the rebuilt index",
    )
