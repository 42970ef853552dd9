"""The tables for operators. Deleting an entry here deletes it from L1 and every index too."""

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from semcache import models
from semcache.wiring import process


@admin.register(models.Tenant)
class TenantAdmin(admin.ModelAdmin[models.Tenant]):
    list_display = ("name", "is_active", "created_at")


@admin.register(models.ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[models.ApiKey]):
    """Keys are issued by `manage.py issue_key`, which shows the secret once."""

    list_display = ("key_id", "tenant", "label", "requests_per_minute", "created_at", "revoked_at")
    readonly_fields = ("key_id", "tenant", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False


@admin.register(models.Policy)
class PolicyAdmin(admin.ModelAdmin[models.Policy]):
    list_display = ("tenant", "model", "mode", "threshold", "max_error", "ttl_s")


@admin.register(models.Entry)
class EntryAdmin(admin.ModelAdmin[models.Entry]):
    list_display = ("handle", "tenant", "namespace", "model", "prompt", "created_at", "expires_at")
    list_filter = ("tenant", "model")
    search_fields = ("handle", "prompt")
    exclude = ("embedding", "body", "fingerprint", "scope")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def delete_model(self, request: HttpRequest, obj: models.Entry) -> None:  # noqa: ARG002
        async_to_sync(process.purge_handles)([obj.handle])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[models.Entry]) -> None:  # noqa: ARG002
        async_to_sync(process.purge_handles)(list(queryset.values_list("handle", flat=True)))


@admin.register(models.UsageBucket)
class UsageBucketAdmin(admin.ModelAdmin[models.UsageBucket]):
    list_display = ("hour_at", "tenant", "model", "source", "requests", "cost_usd", "saved_usd")
    list_filter = ("tenant", "source")
