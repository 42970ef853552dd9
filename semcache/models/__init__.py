"""The tables, one noun a file. Thin: fields, constraints, factories, mutators, queries.

`semcache_entry_change`, the log that keeps every process's index in step, has no model: a trigger
writes it (migration 0002), `levels/changes.py` reads it.
"""

from semcache.models.api_key import ApiKey
from semcache.models.calibration import Calibration
from semcache.models.decision import Decision
from semcache.models.entry import Entry
from semcache.models.label import Label
from semcache.models.never_match import NeverMatch
from semcache.models.policy import Policy
from semcache.models.tenant import Tenant
from semcache.models.usage import UsageBucket

__all__ = [
    "ApiKey",
    "Calibration",
    "Decision",
    "Entry",
    "Label",
    "NeverMatch",
    "Policy",
    "Tenant",
    "UsageBucket",
]
