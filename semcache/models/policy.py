from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from semcache.models.tenant import Tenant
from semcache.types import controls

SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class Policy(models.Model):
    """What an operator allows. An empty field inherits from the next wider policy.

    From wide to narrow: settings, all tenants, all tenants and one model, one tenant, one tenant
    and one model.
    """

    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="policies"
    )
    model = models.CharField(max_length=200, default="*", help_text="A model's name, or * for all.")
    mode = models.CharField(
        max_length=10, blank=True, choices=[(mode, mode) for mode in controls.MODES]
    )
    threshold = models.FloatField(null=True, blank=True, validators=SHARE)
    max_error = models.FloatField(null=True, blank=True, validators=SHARE)
    max_temperature = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.0)])
    ttl_s = models.PositiveIntegerField(null=True, blank=True)
    max_ttl_s = models.PositiveIntegerField(null=True, blank=True)
    keep_stale_s = models.PositiveIntegerField(null=True, blank=True)
    keep_truncated = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "model"], nulls_distinct=False, name="one_policy_a_place"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant or 'all tenants'} / {self.model}"
