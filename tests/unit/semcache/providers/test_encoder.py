import math
from typing import Any

import pytest

from embeddings.encoders.hashing import HashingEncoder
from semcache.errors import InvalidRequestError
from semcache.providers.encoder import EncoderProvider

ENCODER = HashingEncoder()


async def embed(**body: Any) -> list[dict[str, Any]]:
    provider = EncoderProvider(name="encoder", encoder=ENCODER)
    return list(await provider.embed(body, model="all-MiniLM-L6-v2"))


async def test_each_text_gets_its_unit_vector_in_order_and_usage_comes_last() -> None:
    first, second, closing = await embed(input=["Hi", "Reset my password"])

    assert len(first["embedding"]) == ENCODER.dimension
    assert math.hypot(*second["embedding"]) == pytest.approx(1.0, abs=1e-5)
    assert first["embedding"] != second["embedding"]
    assert closing["usage"]["prompt_tokens"] > 0


async def test_its_own_number_of_dimensions_may_be_asked_for() -> None:
    assert await embed(input=["Hi"], dimensions=ENCODER.dimension)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"input": [[1, 2]]}, "input"),
        ({"input": ["Hi"], "dimensions": 5}, "dimensions"),
        ({"input": ["Hi"], "dimensions": []}, "dimensions"),
        ({"input": ["Hi"], "dimensions": {}}, "dimensions"),
    ],
    ids=str,
)
async def test_what_it_cannot_do_is_named(body: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        await embed(**body)

    assert caught.value.param == param


async def test_it_does_not_chat() -> None:
    provider = EncoderProvider(name="encoder", encoder=ENCODER)

    with pytest.raises(InvalidRequestError, match="embeddings model"):
        await anext(provider.stream({}, model="all-MiniLM-L6-v2"))
