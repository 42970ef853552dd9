from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from semcache.models.calibration import Calibration
from semcache.models.tenant import Tenant
from semcache.types import controls, decision

NOT_SUPPORTED = (
    "The labels do not support this yet. It is switched on for one tenant at a time: set shadow "
    "for it, which serves nothing and collects the labels, and see `manage.py cache_stats`."
)
SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class Policy(models.Model):
    """What an operator allows. An empty field inherits from the next wider policy.

    From wide to narrow: settings, the category's own defaults, all tenants, all tenants and one
    model, one tenant, one tenant and one model; each first for all categories, then for one.
    """

    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="policies"
    )
    model = models.CharField(max_length=200, default="*", help_text="A model's name, or * for all.")
    category = models.CharField(
        max_length=20,
        blank=True,
        choices=[(category, category) for category in decision.CATEGORIES],
        help_text="Empty: all categories.",
    )
    mode = models.CharField(
        max_length=10, blank=True, choices=[(mode, mode) for mode in controls.MODES]
    )
    decider = models.CharField(
        max_length=10, blank=True, choices=[(decider, decider) for decider in decision.DECIDERS]
    )
    threshold = models.FloatField(null=True, blank=True, validators=SHARE)
    max_error = models.FloatField(null=True, blank=True, validators=SHARE)
    caution = models.CharField(
        max_length=10,
        blank=True,
        choices=[(caution, caution) for caution in decision.CAUTIONS],
        help_text="Towards languages that the vetoes do not cover.",
    )
    conversations = models.CharField(
        max_length=12, blank=True, choices=[(way, way) for way in decision.CONVERSATIONS]
    )
    audit_share = models.FloatField(null=True, blank=True, validators=SHARE)
    audit_usd_per_day = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    shadow_decider = models.CharField(
        max_length=10, blank=True, choices=[(decider, decider) for decider in decision.DECIDERS]
    )
    shadow_threshold = models.FloatField(null=True, blank=True, validators=SHARE)
    shadow_max_error = models.FloatField(null=True, blank=True, validators=SHARE)
    max_temperature = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.0)])
    ttl_s = models.PositiveIntegerField(null=True, blank=True)
    max_ttl_s = models.PositiveIntegerField(null=True, blank=True)
    keep_stale_s = models.PositiveIntegerField(null=True, blank=True)
    keep_truncated = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "model", "category"],
                nulls_distinct=False,
                name="one_policy_a_place",
            )
        ]

    def __str__(self) -> str:
        place = f"{self.tenant or 'all tenants'} / {self.model}"
        return f"{place} / {self.category}" if self.category else place

    def clean(self) -> None:
        """Refuse to compare whole conversations where the labels do not support it."""
        if self.conversations != "contextual":
            return
        places = ["", self.category] if self.category else [""]
        known = Calibration.objects.filter(tenant=self.tenant, category__in=places)
        narrowest = known.order_by("-category").first() if self.tenant else None
        if narrowest is None or not narrowest.contextual:
            raise ValidationError({"conversations": NOT_SUPPORTED})
