"""What the labels say of comparing whole conversations, and what follows from it."""

import json
import secrets
from typing import Any

import psycopg
import pytest

from semcache.levels.verify.alarm import Evidence
from tests import servers
from tests.records import Records

CREATE = """
from semcache.models import Policy, Tenant
tenant = Tenant.objects.filter(name='{tenant}').first()
Policy(tenant=tenant, category='{category}', conversations='contextual').full_clean()
"""


@pytest.fixture
def records(book: "psycopg.Connection[Any]", product: servers.Product) -> Records:
    """A tenant whose requests were decided under a bound of 1 %."""
    found = Records(book, f"talks-{secrets.token_hex(4)}")
    issued = product.manage("issue_key", "--tenant", found.tenant)
    assert issued.returncode == 0, issued.stderr
    found.admit_all(max_error=0.01)
    evidence = Evidence(seen=400, bound=0.01).said()
    found.run(
        "UPDATE semcache_calibration SET evidence = %s WHERE tenant_id = "
        "(SELECT id FROM semcache_tenant WHERE name = %s)",
        json.dumps(evidence),
        found.tenant,
    )
    return found


def label(records: Records, count: int, *, correct: bool | None) -> None:
    """Add labels of whole conversations."""
    records.run(
        "INSERT INTO semcache_label (tenant_id, at, category, witness, request_id, served, "
        "correct, asked, stored, features, reason, cost_usd) "
        "SELECT t.id, now(), 'factual', 'contextual', n, false, %s, '', '', '{}', '', 0 "
        "FROM semcache_tenant AS t, generate_series(1, %s) AS n WHERE t.name = %s",
        correct,
        count,
        records.tenant,
    )


def refusal(product: servers.Product, records: Records, *, category: str = "") -> str:
    """Try to set the policy; "" where it is taken."""
    said = product.manage("shell", "-c", CREATE.format(tenant=records.tenant, category=category))
    return said.stderr if said.returncode else ""


def test_labels_switch_whole_conversations_on_and_off_again(
    product: servers.Product, records: Records
) -> None:
    label(records, 300, correct=None)
    product.manage("calibrate", "--tenant", records.tenant)
    assert records.calibration("contextual") is False, "300 labels do not support 1 %"
    assert "The labels do not support this yet" in refusal(product, records)

    label(records, 100, correct=True)
    product.manage("calibrate", "--tenant", records.tenant)
    assert records.calibration("contextual") is True
    assert refusal(product, records) == ""
    shown = product.manage("cache_stats", "--tenant", records.tenant).stdout
    (row,) = [line for line in shown.splitlines() if "supported" in line]
    cells = [cell.strip() for cell in row.strip("│").split("│")]
    assert cells[1:] == ["400", "100", "0", "0.00%", "0.00% to 0.92%", "supported"]

    label(records, 5, correct=False)
    product.manage("calibrate", "--tenant", records.tenant)
    assert records.calibration("contextual") is False
    assert records.calibration("version") == 3, "every process was told, twice"


def test_it_is_switched_on_for_one_tenant_and_not_for_all(
    product: servers.Product, records: Records
) -> None:
    code = "from semcache.models import Policy; Policy(conversations='contextual').full_clean()"
    said = product.manage("shell", "-c", code)
    assert said.returncode != 0
    assert "one tenant at a time" in said.stderr
    assert "do not support" in refusal(product, records, category="code")
