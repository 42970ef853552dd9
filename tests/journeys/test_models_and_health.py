"""What there is to ask, and whether it answers."""

from benchmarks.upstream import behaviors
from tests import odd
from tests.callers import Caller


def test_the_models_of_the_configured_providers_are_listed(alice: Caller) -> None:
    said = alice.openai.models.list()
    owners = {model.id: model.owned_by for model in said.data}
    assert owners == {
        **dict.fromkeys([*behaviors.BEHAVIORS, "fake-embedding"], "fake"),
        **dict.fromkeys(odd.ANSWERS, "odd"),
    }
    assert all(model.object == "model" for model in said.data)


def test_one_model_is_shown_and_another_is_not_found(alice: Caller) -> None:
    assert alice.openai.models.retrieve("fake").id == "fake"
    for name in ("nothing", "a/b", "fake%20"):
        said = alice.get(f"/v1/models/{name}")
        assert (said.status, said.error["code"]) == (404, "model_not_found")


def test_the_process_is_alive_and_its_parts_are_ready(alice: Caller) -> None:
    assert alice.get("/healthz").json == {"status": "alive"}
    said = alice.get("/readyz")
    assert (said.status, said.json["status"]) == (200, "ready")
    assert set(said.json["parts"]) == {"postgres", "redis", "workers", "encoder", "index"}


def test_health_needs_no_key_and_answers_head(alice: Caller) -> None:
    for path in ("/healthz", "/readyz"):
        assert alice.http.get(path, headers={"Authorization": ""}).status_code == 200
        head = alice.http.head(path)
        assert (head.status_code, head.content) == (200, b"")
