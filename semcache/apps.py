from django.apps import AppConfig


class SemcacheConfig(AppConfig):
    name = "semcache"
    verbose_name = "Semcache"

    def ready(self) -> None:
        from semcache import checks  # noqa: F401, PLC0415 - registers the system checks
