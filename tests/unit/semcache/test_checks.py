from typing import Any

import pytest
from pytest_django import Settings

from semcache import checks

GOOD = {"database_url": "postgresql://x/semcache", "redis_url": "redis://x", "encoder": "onnx"}


def found(settings: Settings, **changed: Any) -> set[str | None]:
    settings.SEMCACHE = {**settings.SEMCACHE, **GOOD, **changed}
    return {message.id for message in checks.check_settings()}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"encoder": "hashing"},
        {"shadow_encoder": "hashing"},
        {"encoder": "sentence:all-MiniLM-L6-v2"},
        {"encoder": "remote:openai/text-embedding-3-small:1536"},
        {"redis_url": "rediss://x"},
        {"redis_url": "unix:///run/redis.sock"},
    ],
    ids=str,
)
def test_what_can_work_is_not_refused(changed: dict[str, str], settings: Settings) -> None:
    assert not found(settings, **changed)


@pytest.mark.parametrize(
    ("changed", "check_id"),
    [
        ({"database_url": ""}, "semcache.E002"),
        ({"redis_url": ""}, "semcache.E003"),
        ({"redis_url": "localhost:6379"}, "semcache.E004"),
        ({"redis_url": "http://x"}, "semcache.E004"),
        ({"encoder": "word2vec"}, "semcache.E005"),
        ({"encoder": ""}, "semcache.E005"),
        ({"shadow_encoder": "word2vec"}, "semcache.E006"),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused_at_start_with_a_stable_id(
    changed: dict[str, str], check_id: str, settings: Settings
) -> None:
    assert found(settings, **changed) == {check_id}


def test_each_refusal_says_what_to_do(settings: Settings) -> None:
    settings.SEMCACHE = {
        **settings.SEMCACHE,
        "database_url": "",
        "redis_url": "x",
        "encoder": "word2vec",
    }

    refusals = checks.check_settings()

    assert len(refusals) == 3
    assert all(refusal.hint for refusal in refusals)
