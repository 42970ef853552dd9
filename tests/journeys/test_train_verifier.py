"""A cross-encoder is trained on what the audit found, and may be used only if that helped."""

import json
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from semcache import conf
from semcache.errors import ConfigurationError
from semcache.levels import verifier
from semcache.levels.second_look import SecondLook
from semcache.wiring import second_looks
from tests import models, servers
from tests.records import Records

THINGS = ("parcel", "invoice", "password", "account", "coupon", "garden", "engine", "kettle")
PLACES = ("kitchen", "office", "school", "harbor", "market")
LABELED = 3


@pytest.fixture
def records(book: "psycopg.Connection[Any]", product: servers.Product) -> Records:
    """A tenant with three labels, one of them wrong, and one of nothing to compare."""
    made = Records(book, f"taught-{secrets.token_hex(4)}")
    made.run(
        "INSERT INTO semcache_tenant (name, salt, is_active, created_at) "
        "VALUES (%s, %s, true, now())",
        made.tenant,
        b"s" * 32,
    )
    for number, correct in enumerate((True, True, False, None)):
        made.run(
            """
            INSERT INTO semcache_label (tenant_id, at, category, witness, request_id, served,
                correct, asked, stored, features, reason, cost_usd)
            SELECT id, now(), 'factual', 'audit', %s, true, %s, %s, %s, '{}', '', 0
            FROM semcache_tenant WHERE name = %s
            """,
            f"r{number}",
            correct,
            f"what is the {THINGS[number]} for",
            f"why is there the {THINGS[number]}",
            made.tenant,
        )
    return made


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """240 pairs: the same thing at the same place in other words, or another thing."""
    lines = []
    for number in range(240):
        thing, place, right = THINGS[number % 8], PLACES[number % 5], number % 2
        other = thing if right else THINGS[(number + 1) % 8]
        lines.append(
            {
                "a": f"where is my {thing} in the {place} {number}",
                "b": f"show me my {other} in the {place} {number}",
                "label": right,
            }
        )
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def test_too_few_labels_are_refused_with_their_number(
    product: servers.Product, records: Records
) -> None:
    done = product.manage("train_verifier", "--tenant", records.tenant)

    assert done.returncode == 1
    assert "There are 3 labelled pairs, of which 1 are wrong; 200 are wanted." in done.stderr


def test_a_line_that_is_no_pair_is_named(
    product: servers.Product, records: Records, tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"a": "x", "b": "y", "label": 1}\n{"a": "x", "b": "y"}\n', encoding="utf-8")

    done = product.manage("train_verifier", "--tenant", records.tenant, "--pairs", str(path))

    assert done.returncode == 1
    assert f"{path}, line 2: expected" in done.stderr


@models.installed
def test_what_is_trained_comes_with_a_report_and_is_refused_where_that_says_so(
    product: servers.Product, records: Records, pairs: Path, tmp_path: Path
) -> None:
    base = models.tiny(tmp_path / "base", words=pairs.read_text().replace('"', " ").split())
    out = tmp_path / "out"
    options = ("--base", str(base), "--out", str(out), "--epochs", "1")

    done = product.manage(
        "train_verifier", "--tenant", records.tenant, "--pairs", str(pairs), *options
    )

    assert done.returncode == 0, done.stderr
    assert "pair model in use" in done.stdout
    assert "It is no better than the pair model in use, and will be refused." in done.stdout
    report = verifier.parse((out / "verifier.json").read_bytes())
    assert report.sources == {"labels": LABELED, "pairs.jsonl": 240}
    assert report.trained_on + report.held_out == LABELED + 240
    assert report.held_out == int(0.3 * (LABELED + 240))
    assert [row.name for row in report.rows] == [
        "cross-encoder behind the vetoes",
        "pair model in use",
        "cross-encoder alone",
        "cosine",
    ]
    assert {error for error, _ in report.thresholds} == {0.02, 0.05}, "too few pairs for less"

    settings = replace(conf.load(), cross_encoder=f"sentence:{out}")
    with pytest.raises(ConfigurationError, match="held-out pairs it was no better"):
        second_looks.build(settings)
    look = second_looks.build(replace(settings, cross_encoder_unproven=True))
    assert isinstance(look, SecondLook)
    look.close()
