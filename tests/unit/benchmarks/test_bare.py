import httpx
import pytest

from benchmarks.bare import server

BODY = '{"model": "fake", "messages": []}'


@pytest.mark.parametrize("kind", server.KINDS)
def test_the_bare_application_answers_the_stored_bytes(kind: str, redis_url: str) -> None:
    with server.running(kind, redis_url=redis_url, answers={BODY: b'{"id": 1}'}) as port:
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        stored = httpx.post(url, content=BODY)
        other = httpx.post(url, content=BODY.replace("fake", "other"))

    assert (stored.status_code, stored.content) == (200, b'{"id": 1}')
    assert other.status_code == 404
