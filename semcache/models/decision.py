from django.db import models

from semcache.models.tenant import Tenant


class Decision(models.Model):
    """Why a request hit or missed, for explain. Written in batches by `ledger/journal.py`.

    `detail` is the whole of `types/decision.py`'s Decision with each candidate's origin, empty
    where the semantic level was not asked. `shadow`: what the second policy would have done.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="decisions")
    request_id = models.CharField(max_length=200)
    at = models.DateTimeField(db_index=True)
    model = models.CharField(max_length=200)
    namespace = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=20)
    category = models.CharField(max_length=20, blank=True)
    asked = models.TextField(blank=True)
    entry = models.BigIntegerField(null=True)
    handle = models.CharField(max_length=24, blank=True)
    similarity = models.FloatField(null=True)
    probability = models.FloatField(null=True)
    threshold = models.FloatField(null=True)
    saved_usd = models.FloatField(default=0.0)
    drawn = models.BooleanField(default=False)
    detail = models.JSONField(default=dict)
    shadow = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["request_id", "tenant"], name="by_request")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.source}"
