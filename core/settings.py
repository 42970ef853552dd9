"""Django's settings: the one place that reads the environment (docs/reference/settings.md)."""

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import django_stubs_ext

from core import env
from core.home import Home

django_stubs_ext.monkeypatch()  # lets generic Django classes take their parameter at run time

HOME = Home.from_environment()
SERVICES = HOME.services()


def _secret_key() -> str:
    """Take the given key, or make one that lasts as long as the home does."""
    given = env.secret("SECRET_KEY")
    if given:
        return given
    if HOME.secret_key_file.exists():
        return HOME.secret_key_file.read_text(encoding="utf-8").strip()
    made = secrets.token_urlsafe(48)
    if HOME.path.exists():
        HOME.secret_key_file.touch(mode=0o600)
        HOME.secret_key_file.write_text(made, encoding="utf-8")
    return made


def _database(url: str) -> dict[str, Any]:
    """Translate `postgresql://user:password@host:port/name?host=/socket/dir` for Django."""
    if not url:
        return {"ENGINE": "django.db.backends.postgresql", "NAME": "semcache", "HOST": "127.0.0.1"}
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise env.BadSettingError(f"DATABASE_URL must begin with postgresql://, not {url!r}.")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "semcache",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        "OPTIONS": query,
    }


# ------------------------------------------------------------------ Django
SECRET_KEY = _secret_key()
DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = env.text("ALLOWED_HOSTS", "*").split(",")
ROOT_URLCONF = "core.urls"
ASGI_APPLICATION = "core.asgi.application"
INSTALLED_APPS = [
    "core",
    "semcache",
    "warmers",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DATABASE_URL = env.secret("DATABASE_URL") or SERVICES.database_url
DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
STATIC_URL = "/static/"
APPEND_SLASH = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": env.choice(
            "LOG_LEVEL", "INFO", allowed=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
        ),
    },
    "loggers": {name: {"level": "WARNING"} for name in ("httpx", "faiss", "dramatiq")},
}

# ------------------------------------------------------------------ read by semcache/conf.py
SEMCACHE: dict[str, Any] = {
    "database_url": DATABASE_URL,
    "redis_url": env.secret("REDIS_URL") or SERVICES.redis_url,
    "key_prefix": env.text("SEMCACHE_KEY_PREFIX", "sc"),
    "providers_file": env.text("SEMCACHE_PROVIDERS"),
    "model_url": SERVICES.model_url,
    "encoder": env.text("SEMCACHE_ENCODER", "onnx"),
    "encoder_threads": env.integer("SEMCACHE_ENCODER_THREADS", 1, low=1, high=64),
    "cross_encoder": env.text("SEMCACHE_CROSS_ENCODER"),
    "cross_encoder_unproven": env.flag("SEMCACHE_CROSS_ENCODER_UNPROVEN", default=False),
    "gray_zone": env.number("SEMCACHE_GRAY_ZONE", 0.05, low=0.0, high=1.0),
    "threshold": env.number("SEMCACHE_THRESHOLD", 0.90, low=0.0, high=1.0),
    "max_error": env.number("SEMCACHE_MAX_ERROR", 0.01, low=0.0, high=1.0),
    "audit_share": env.number("SEMCACHE_AUDIT_SHARE", 0.02, low=0.0, high=1.0),
    "audit_usd_per_day": env.number("SEMCACHE_AUDIT_USD_PER_DAY", 1.0, low=0.0),
    "judge_model": env.text("SEMCACHE_JUDGE_MODEL"),
    "shadow_encoder": env.text("SEMCACHE_SHADOW_ENCODER"),
    "max_temperature": env.number("SEMCACHE_MAX_TEMPERATURE", 1.0, low=0.0),
    "ttl_s": env.integer("SEMCACHE_TTL_S", 7 * 86_400, low=1),
    "max_ttl_s": env.integer("SEMCACHE_MAX_TTL_S", 30 * 86_400, low=1),
    "keep_stale_s": env.integer("SEMCACHE_KEEP_STALE_S", 3_600, low=0),
    "max_body_bytes": env.integer("SEMCACHE_MAX_BODY_BYTES", 20 * 2**20, low=1_024),
    "deadline_s": env.number("SEMCACHE_DEADLINE_S", 600.0, low=1.0),
    "connect_timeout_s": env.number("SEMCACHE_CONNECT_TIMEOUT_S", 5.0, low=0.1),
    "token_timeout_s": env.number("SEMCACHE_TOKEN_TIMEOUT_S", 60.0, low=0.1),
    "abandon_after_s": env.number("SEMCACHE_ABANDON_AFTER_S", 5.0, low=0.0),
    "lease_s": env.number("SEMCACHE_LEASE_S", 5.0, low=1.0),
    "explain_keep_s": env.integer("SEMCACHE_EXPLAIN_KEEP_S", 7 * 86_400, low=0),
}

STATIC_ROOT = Path(HOME.path / "static")
