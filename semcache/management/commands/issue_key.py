from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from semcache.models import ApiKey, Tenant


class Command(BaseCommand):
    help = (
        "Issue an API key for a tenant, and make the tenant if there is none. "
        "The secret is shown once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", default="default", help="the tenant's name (default)")
        parser.add_argument("--label", default="", help="what the key is for, to know it by later")
        parser.add_argument(
            "--requests-per-minute", type=int, help="how much it may ask (as much as it likes)"
        )
        parser.add_argument(
            "--out", type=Path, help="write the secret to this file (mode 600), not to the terminal"
        )
        parser.add_argument(
            "--if-none",
            action="store_true",
            help="do nothing where --out holds a valid key already",
        )

    def handle(
        self,
        *,
        tenant: str,
        label: str,
        requests_per_minute: int | None,
        out: Path | None,
        if_none: bool,
        **_: Any,
    ) -> None:
        if if_none and out is not None and self._is_valid(out):
            return
        with transaction.atomic():
            owner, _made = Tenant.objects.get_or_create(name=tenant)
            _key, secret = ApiKey.issue(
                tenant=owner, label=label, requests_per_minute=requests_per_minute
            )
            if out is not None:
                self._write(out, secret)
        if out is None:
            self.stdout.write(secret)

    def _is_valid(self, path: Path) -> bool:
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except OSError:
            return False
        return ApiKey.find(secret) is not None

    def _write(self, path: Path, secret: str) -> None:
        try:
            path.touch(mode=0o600)
            path.write_text(secret + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path}: {error}") from error
