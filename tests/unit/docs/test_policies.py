"""The reference of policies lists the fields of a policy, and their defaults."""

import re
from dataclasses import fields
from pathlib import Path

from semcache.models import Policy
from semcache.policy import rules

REFERENCE = (Path(__file__).resolve().parents[3] / "docs/reference/policies.md").read_text()


def documented() -> set[str]:
    part = REFERENCE.split("## Fields")[1].split("##")[0]
    return set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))


def test_every_field_is_documented_and_no_other() -> None:
    assert documented() == {field.name for field in Policy._meta.fields} - {"id"}  # noqa: SLF001 - Django's own way to ask


def test_a_policy_can_set_whatever_has_a_default() -> None:
    places = {"tenant", "model", "category"}
    assert {field.name for field in fields(rules.Defaults)} == documented() - places
