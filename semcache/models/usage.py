from django.db import models

from semcache.models.tenant import Tenant


class UsageBucket(models.Model):
    """What one hour brought, per tenant, model and source."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="usage")
    hour_at = models.DateTimeField()
    model = models.CharField(max_length=200)
    source = models.CharField(max_length=20)
    requests = models.PositiveBigIntegerField(default=0)
    errors = models.PositiveBigIntegerField(default=0)
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)
    cost_usd = models.FloatField(default=0.0)
    saved_usd = models.FloatField(default=0.0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "hour_at", "model", "source"], name="one_bucket_an_hour"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant} {self.hour_at:%Y-%m-%d %H} {self.model} {self.source}"
