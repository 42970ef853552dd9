from django.db import models

from semcache.models.tenant import Tenant


class Calibration(models.Model):
    """What the labels of a tenant's category have taught; `category` "" speaks for all.

    `drawn`: drawn requests whose outcome is known, since the last alarm; `hits`: semantic hits
    among them; `wrong`: wrong ones of these. `dropped`: drawn requests that were not audited, for
    want of budget, time or room. `evidence` is the running state of the alarm, see
    `levels/verify/alarm.py`. `model`, `weights`, `thresholds` and `floor` are
    `types/standing.py`'s.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="calibrations")
    category = models.CharField(max_length=20, blank=True)
    version = models.PositiveIntegerField(default=0)
    drawn = models.PositiveIntegerField(default=0)
    hits = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    dropped = models.PositiveIntegerField(default=0)
    evidence = models.JSONField(default=dict)
    alarm_at = models.DateTimeField(null=True)
    floor = models.FloatField(default=0.0)
    model = models.CharField(max_length=40, blank=True)
    weights = models.JSONField(default=list)
    thresholds = models.JSONField(default=list)
    contextual = models.BooleanField(default=False)
    fitted_through = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "category"], name="one_calibration_a_place")
        ]

    def __str__(self) -> str:
        return f"{self.tenant} / {self.category or 'all categories'}"
