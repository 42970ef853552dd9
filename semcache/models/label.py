from django.contrib.postgres.fields import ArrayField
from django.db import models

from semcache.models.tenant import Tenant
from semcache.types import label


class Label(models.Model):
    """What is known of one drawn request; see `types/label.py`. Written by `levels/labels.py`."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="labels")
    at = models.DateTimeField(db_index=True)
    category = models.CharField(max_length=20)
    witness = models.CharField(
        max_length=12, choices=[(witness, witness) for witness in label.WITNESSES]
    )
    request_id = models.CharField(max_length=200)
    served = models.BooleanField()
    correct = models.BooleanField(null=True)
    asked = models.TextField(blank=True)
    stored = models.TextField(blank=True)
    entry = models.BigIntegerField(null=True)
    similarity = models.FloatField(null=True)
    probability = models.FloatField(null=True)
    features = ArrayField(models.FloatField(), default=list, blank=True)
    reason = models.TextField(blank=True)
    cost_usd = models.FloatField(default=0.0)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "category", "id"], name="by_category"),
            models.Index(fields=["request_id", "tenant"], name="by_labeled_request"),
            models.Index(
                fields=["tenant", "category", "at"],
                condition=models.Q(witness="contextual"),
                name="by_conversation",
            ),
            models.Index(
                fields=["entry"], condition=models.Q(entry__isnull=False), name="by_entry"
            ),
        ]

    def __str__(self) -> str:
        verdict = {True: "right", False: "wrong", None: "nothing to compare"}[self.correct]
        return f"{self.request_id} {self.witness}: {verdict}"
