"""The tables for operators. What is done here to an entry or an answer is done everywhere.

Deleting an entry deletes it from L1 and every index, too. Marking a served answer wrong sees to it
that it is not given to that question again.
"""

from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from semcache import models
from semcache.gateway.verdicts import Verdict
from semcache.levels.verify import intervals
from semcache.wiring import process

T = TypeVar("T", bound=Model)


class Seen(admin.ModelAdmin[T]):
    """What the product writes, and people only look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


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
    list_display = (
        "tenant",
        "model",
        "category",
        "mode",
        "decider",
        "threshold",
        "max_error",
        "caution",
        "conversations",
        "audit_share",
        "audit_usd_per_day",
        "shadow_decider",
        "ttl_s",
    )
    list_filter = ("tenant", "category", "decider")


@admin.register(models.Entry)
class EntryAdmin(Seen[models.Entry]):
    list_display = ("handle", "tenant", "namespace", "model", "prompt", "created_at", "expires_at")
    list_filter = ("tenant", "model")
    search_fields = ("handle", "prompt")
    exclude = ("embedding", "body", "fingerprint", "scope", "signature")

    def delete_model(self, request: HttpRequest, obj: models.Entry) -> None:  # noqa: ARG002
        async_to_sync(process.purge_handles)([obj.handle])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[models.Entry]) -> None:  # noqa: ARG002
        async_to_sync(process.purge_handles)(list(queryset.values_list("handle", flat=True)))


@admin.register(models.UsageBucket)
class UsageBucketAdmin(admin.ModelAdmin[models.UsageBucket]):
    list_display = ("hour_at", "tenant", "model", "source", "requests", "cost_usd", "saved_usd")
    list_filter = ("tenant", "source")


@admin.register(models.Decision)
class DecisionAdmin(Seen[models.Decision]):
    """Why requests hit or missed. `manage.py explain REQUEST_ID` says it in words."""

    list_display = (
        "at",
        "tenant",
        "request_id",
        "source",
        "category",
        "asked",
        "similarity",
        "probability",
        "threshold",
        "drawn",
    )
    list_filter = ("tenant", "source", "category", "drawn")
    search_fields = ("request_id",)
    show_full_result_count = False  # the table is long
    actions = ("mark_wrong", "mark_right")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_mark_permission(self, request: HttpRequest) -> bool:
        """Marking changes what is served, so looking on is not enough."""
        return request.user.has_perm("semcache.change_decision")

    @admin.action(description="Mark the served answer wrong", permissions=["mark"])
    def mark_wrong(self, request: HttpRequest, queryset: QuerySet[models.Decision]) -> None:
        self._mark(request, queryset, correct=False)

    @admin.action(description="Mark the served answer right", permissions=["mark"])
    def mark_right(self, request: HttpRequest, queryset: QuerySet[models.Decision]) -> None:
        self._mark(request, queryset, correct=True)

    def _mark(
        self, request: HttpRequest, queryset: QuerySet[models.Decision], *, correct: bool
    ) -> None:
        ids = list(queryset.values_list("id", flat=True))
        verdict = Verdict(correct=correct, witness="operator", reason=f"{request.user}")
        failed = async_to_sync(process.judge)(ids, verdict)
        for error in failed:
            self.message_user(request, error.message, messages.WARNING)
        word = "right" if correct else "wrong"
        self.message_user(request, f"{len(ids) - len(failed)} answers are marked {word}.")


@admin.register(models.Label)
class LabelAdmin(Seen[models.Label]):
    list_display = (
        "at",
        "tenant",
        "category",
        "witness",
        "served",
        "correct",
        "asked",
        "stored",
        "similarity",
        "probability",
        "reason",
    )
    list_filter = ("tenant", "category", "witness", "served", "correct")
    search_fields = ("request_id",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(models.NeverMatch)
class NeverMatchAdmin(Seen[models.NeverMatch]):
    """Deleting a pair lets it be tried again."""

    list_display = ("at", "tenant", "witness", "asked", "stored")
    list_filter = ("tenant", "witness")
    search_fields = ("asked", "stored")


@admin.register(models.Calibration)
class CalibrationAdmin(Seen[models.Calibration]):
    list_display = (
        "tenant",
        "place",
        "drawn",
        "hits",
        "wrong",
        "dropped",
        "error_rate",
        "contextual",
        "alarm_at",
        "floor",
        "version",
        "updated_at",
    )
    list_filter = ("tenant",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    @admin.display(description="category")
    def place(self, row: models.Calibration) -> str:
        return row.category or "all"

    @admin.display(description="error rate (95 %)")
    def error_rate(self, row: models.Calibration) -> str:
        if not row.drawn:
            return "not known"
        ends = intervals.clopper_pearson(row.wrong, row.drawn)
        return f"{row.wrong / row.drawn:.2%} ({ends.low:.2%} to {ends.high:.2%})"
