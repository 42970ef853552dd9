from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        """Set the broker before any actor can be declared; Dramatiq would make one of its own."""
        from core import broker  # noqa: PLC0415 - settings must be loaded first

        broker.install()
