import hashlib
import hmac
import secrets

from django.db import models

from semcache.models.tenant import Tenant

PREFIX = "sk-sc-"
ID_LENGTH = 12


class ApiKey(models.Model):
    """A key of a tenant: a public id to find it by, and the hash of the whole secret."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="keys")
    key_id = models.CharField(max_length=ID_LENGTH, unique=True, editable=False)
    secret_hash = models.BinaryField(max_length=32, editable=False)
    label = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: no limit."
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{PREFIX}{self.key_id}…"

    @classmethod
    def issue(
        cls, *, tenant: Tenant, label: str = "", requests_per_minute: int | None = None
    ) -> tuple["ApiKey", str]:
        """Make a key; its secret is returned once and kept nowhere."""
        key_id = secrets.token_hex(ID_LENGTH // 2)
        secret = f"{PREFIX}{key_id}{secrets.token_urlsafe(32)}"
        key = cls.objects.create(
            tenant=tenant,
            key_id=key_id,
            secret_hash=_digest(secret),
            label=label,
            requests_per_minute=requests_per_minute,
        )
        return key, secret

    @classmethod
    def find(cls, secret: str) -> "ApiKey | None":
        """Find the valid key that `secret` is."""
        key_id = secret.removeprefix(PREFIX)[:ID_LENGTH]
        key = cls.objects.filter(
            key_id=key_id, revoked_at__isnull=True, tenant__is_active=True
        ).first()
        if key is None or not hmac.compare_digest(bytes(key.secret_hash), _digest(secret)):
            return None
        return key


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
