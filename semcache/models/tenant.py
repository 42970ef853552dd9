import secrets

from django.db import models


def make_salt() -> bytes:
    return secrets.token_bytes(32)


class Tenant(models.Model):
    """Who shares a cache. Nothing is ever shared between two tenants."""

    name = models.CharField(max_length=100, unique=True)
    salt = models.BinaryField(default=make_salt, max_length=32, editable=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
