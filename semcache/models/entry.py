from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from pgvector.django import HalfVectorField, HnswIndex

from semcache.models.tenant import Tenant

DIMENSION = 384


class Entry(models.Model):
    """An answer that is kept. Written and read by `levels/entries.py`.

    `fingerprint` names the exact request. Where the entry may be found by meaning, `scope`,
    `prompt` and `embedding` are set, with the encoder that made the vector. `body` is the response
    as JSON, compressed by zstd; `signature` says what the answer says, for comparing answers, and
    `answers` what was said before, where a whole conversation is compared. Fresh until
    `expires_at`, kept for stale use until `stale_until`.
    `fence` orders writes: a later flight's answer is never replaced by an earlier one's.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="entries")
    namespace = models.CharField(max_length=200, blank=True)
    endpoint = models.CharField(max_length=20)
    model = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=32, unique=True)
    handle = models.CharField(max_length=24, db_index=True)
    scope = models.BinaryField(max_length=32, null=True)
    prompt = models.TextField(blank=True)
    embedding = HalfVectorField(dimensions=DIMENSION, null=True)
    encoder = models.CharField(max_length=200, blank=True)
    dimension = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField()
    signature = models.BinaryField(default=b"", editable=False)
    answers = models.BinaryField(default=b"", editable=False)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.FloatField(null=True)
    tags = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    request_id = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    stale_until = models.DateTimeField(db_index=True)
    fence = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(embedding__isnull=True)
                | (Q(scope__isnull=False) & ~Q(encoder="") & Q(dimension__isnull=False)),
                name="a_vector_says_who_made_it",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gte=F("created_at")) & Q(stale_until__gte=F("expires_at")),
                name="kept_at_least_as_long_as_fresh",
            ),
        ]
        indexes = [
            models.Index(fields=["scope"], condition=Q(embedding__isnull=False), name="by_scope"),
            models.Index(fields=["tenant", "namespace", "model"], name="by_place"),
            models.Index(
                fields=["encoder"], condition=Q(embedding__isnull=False), name="by_encoder"
            ),
            HnswIndex(
                name="by_meaning",
                fields=["embedding"],
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.handle
