from typing import Any

import pytest
from hypothesis import given

from semcache.providers import usages
from semcache.types.usage import Usage
from tests import strategies


def test_a_providers_counts_are_read() -> None:
    said = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}

    assert usages.read(said) == Usage(prompt_tokens=12, completion_tokens=3)


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        [],
        "many",
        {"prompt_tokens": None},
        {"prompt_tokens": -1, "completion_tokens": "3"},
        {"prompt_tokens": 1.5, "completion_tokens": True},
    ],
    ids=str,
)
def test_what_is_missing_or_no_count_is_nothing(said: Any) -> None:
    assert usages.read(said) == Usage()


@given(said=strategies.values)
def test_any_usage_can_be_kept(said: Any) -> None:
    """The columns and the record hold 31 bits."""
    found = usages.read({"prompt_tokens": said, "completion_tokens": said})

    assert 0 <= found.prompt_tokens < 2**31
    assert 0 <= found.completion_tokens < 2**31
