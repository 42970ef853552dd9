from django.db import models

from semcache.models.tenant import Tenant
from semcache.types import label


class NeverMatch(models.Model):
    """Two questions that one answer does not fit; never tried again.

    `pair`: 32 bytes, SHA-256 over both texts in either order, see `levels/verify/pairs.py`.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="never_matches")
    pair = models.BinaryField(max_length=32, editable=False)
    asked = models.TextField()
    stored = models.TextField()
    witness = models.CharField(
        max_length=12, choices=[(witness, witness) for witness in label.WITNESSES]
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "never-match pairs"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "pair"], name="a_pair_is_known_once")
        ]

    def __str__(self) -> str:
        return f"{self.asked} ≠ {self.stored}"
