from django.apps import AppConfig


class WarmersConfig(AppConfig):
    name = "warmers"
