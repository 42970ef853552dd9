"""A key with a limit is told what is left, and refused with the time to come back."""

import pytest

from tests import servers
from tests.callers import Caller, unique

LIMIT = 3


@pytest.fixture
def dora(product: servers.Product, namespace: str) -> Caller:
    """Is on Alice's team with a small key."""
    words = ("issue_key", "--tenant", "a", "--requests-per-minute", str(LIMIT))
    key = product.manage(*words).stdout.strip()
    return Caller(root_url=product.web.root_url, key=key, namespace=namespace)


def test_a_key_may_ask_as_much_as_its_limit(dora: Caller, alice: Caller) -> None:
    prompt = unique()
    for asked in range(1, LIMIT + 1):
        said = dora.ask(prompt)
        assert said.status == 200
        assert said.headers["x-ratelimit-limit-requests"] == str(LIMIT)
        assert said.headers["x-ratelimit-remaining-requests"] == str(LIMIT - asked)
        assert said.headers["RateLimit-Policy"] == f'"requests";q={LIMIT};w=60'
        assert said.headers["RateLimit"].startswith(f'"requests";r={LIMIT - asked};t=')
    refused = dora.ask(prompt)
    assert refused.status == 429
    assert refused.json["error"]["code"] == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60 // LIMIT + 1
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    others = alice.ask(prompt)
    assert others.level == "hit-exact"
    assert "RateLimit" not in others.headers
    dora.close()
