from django.urls import path

from semcache.api import chat, embeddings, explain, feedback, health, metrics, models

urlpatterns = [
    path("v1/chat/completions", chat.completions),
    path("v1/embeddings", embeddings.create),
    path("v1/models", models.index),
    path("v1/models/<path:name>", models.show),
    path("v1/cache/explain/<path:name>", explain.show),
    path("v1/cache/feedback", feedback.create),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", metrics.show),
]
