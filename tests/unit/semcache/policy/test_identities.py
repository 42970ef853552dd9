import psycopg_pool
import pytest

from semcache.errors import InvalidKeyError
from semcache.policy.identities import Identities


@pytest.fixture
async def identities() -> Identities:
    """Without a database: what is no key needs none to be refused."""
    return Identities(pool=psycopg_pool.AsyncConnectionPool("", min_size=0, max_size=1, open=False))


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "sk-sc-abcdefghijkl",
        "Bearer",
        "Bearer ",
        "Bearer    ",
        "Basic sk-sc-abcdefghijkl",
        "Bearer sk-proj-abcdefghijkl",
        "Bearer sk-sc-",
        "Bearer sk-sc-é!",
        "Bearer sk-sc-'; drop",
        "Bearer sk-sc-\x00\x00\x00",
    ],
)
async def test_what_is_no_key_of_ours_is_refused_without_asking_anybody(
    authorization: str, identities: Identities
) -> None:
    with pytest.raises(InvalidKeyError) as caught:
        identities.known(authorization)
    assert caught.value.param == "Authorization"
    with pytest.raises(InvalidKeyError):
        await identities.find(authorization)


async def test_a_refusal_does_not_repeat_the_secret(identities: Identities) -> None:
    with pytest.raises(InvalidKeyError) as caught:
        identities.known("Bearer sk-proj-hunter2")

    assert "hunter2" not in str(caught.value)


async def test_a_key_that_was_not_seen_yet_is_not_known(identities: Identities) -> None:
    assert identities.known("Bearer sk-sc-abcdefghijklmnopqrstuvwxyz") is None
    assert identities.known("bearer sk-sc-abcdefghijklmnopqrstuvwxyz") is None
