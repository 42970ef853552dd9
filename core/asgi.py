"""The web process: the fast lane in front of Django."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
django.setup()

from core.lean import LeanHandler  # noqa: E402 - Django must be set up first
from semcache.api.fastlane import FastLane  # noqa: E402
from semcache.wiring import process  # noqa: E402

application = FastLane(app=LeanHandler(), web=process.web)
