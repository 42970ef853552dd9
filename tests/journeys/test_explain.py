"""Why a request hit or missed: the endpoint and the command say it, to whom it may be said."""

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from semcache.levels.verify import features
from tests import servers
from tests.callers import Caller, Said, unique
from tests.servers import eventually

QUESTION = "What is the capital city of France?"
PARAPHRASE = "What's the capital city of France?"
FOODS, NO_FOODS = (
    "Which foods should I eat before a marathon?",
    "Which foods should I not eat before a marathon?",
)
BOUNDS, SIMILARITIES = [0.001, 0.005, 0.01, 0.02, 0.05], [0.8, 0.85, 0.9, 0.95]

Policies = Callable[..., None]


@pytest.fixture
def policy(book: "psycopg.Connection[Any]", alice: Caller) -> Iterator[Policies]:
    """Set a policy for Alice's tenant; the answer to the next request follows it."""

    def set_policy(**fields: Any) -> None:
        names, marks = ", ".join(fields), ", ".join(["%s"] * len(fields))
        empty = "mode, decider, caution, conversations, shadow_decider, category"
        absent = [name for name in empty.split(", ") if name not in fields]
        book.execute(
            f"INSERT INTO semcache_policy (tenant_id, model, {names}, {', '.join(absent)}) "
            f"VALUES ((SELECT id FROM semcache_tenant WHERE name = 'a'), '*', {marks}"
            f"{', %s' * len(absent)})",
            (*fields.values(), *([""] * len(absent))),
        )

    yield set_policy
    book.execute("DELETE FROM semcache_policy")
    eventually(lambda: explain(alice, alice.ask(unique()))["shadow"] is None, what="no policy")


def explain(caller: Caller, said: Said) -> Any:
    found = caller.get(f"/v1/cache/explain/{said.headers['x-request-id']}")
    assert found.status == 200, found.body
    return found.json


def test_a_hit_says_who_was_near_what_spoke_for_it_and_who_made_it(alice: Caller) -> None:
    first = alice.learn(QUESTION)
    near = alice.ask(PARAPHRASE)
    assert near.level == "hit-semantic"
    said = explain(alice, near)

    assert (said["source"], said["asked"]) == ("hit-semantic", PARAPHRASE)
    assert (said["tenant"], said["model"], said["rows"]) == ("a", "fake", 1)
    assert said["namespace"] == alice.headers["x-semcache-namespace"]
    assert said["entry"] == near.headers["x-semcache-entry"]
    assert f"{said['similarity']:.4f}" == near.headers["x-semcache-similarity"]
    assert f"{said['probability']:.4f}" == near.headers["x-semcache-confidence"]
    assert said["origin"]["request_id"] == first.headers["x-request-id"]
    assert said["origin"]["model"] == "fake"
    (served,) = [look for look in said["candidates"] if look["served"]]
    assert (served["text"], served["entry"]) == (QUESTION, said["entry"])
    assert served["vetoes"] == []
    assert list(served["features"]) == list(features.NAMES)
    assert served["features"]["similarity"] == pytest.approx(said["similarity"], abs=1e-3)
    decision = said["decision"]
    assert (decision["decider"], decision["max_error"]) == ("conformal", 0.01)
    assert served["probability"] >= decision["threshold"]
    assert decision["basis"]
    assert decision["policy"]
    assert (said["labels"], said["shadow"]) == ([], None)


def test_explain_says_what_other_thresholds_would_have_done(alice: Caller) -> None:
    alice.learn(QUESTION)
    said = explain(alice, alice.ask(PARAPHRASE))

    bounds = {one["max_error"]: one for one in said["what_if"] if one["decider"] == "conformal"}
    fixed = {one["threshold"]: one for one in said["what_if"] if one["decider"] == "static"}
    assert (list(bounds), list(fixed)) == (BOUNDS, SIMILARITIES)
    assert bounds[0.01]["served"] == said["entry"]
    assert fixed[0.8]["served"] == said["entry"]
    asked_for = [one["threshold"] for one in bounds.values()]
    assert asked_for == sorted(asked_for, reverse=True)


def test_a_vetoed_candidate_is_named_with_the_reason(alice: Caller) -> None:
    alice.learn(FOODS)
    said = explain(alice, alice.ask(NO_FOODS))

    assert (said["source"], said["entry"], said["saved_usd"]) == ("miss", None, 0)
    (nearest, *_) = said["candidates"]
    assert (nearest["text"], nearest["served"], nearest["admitted"]) == (FOODS, False, False)
    vetoes = {veto["veto"]: veto["reason"] for veto in nearest["vetoes"]}
    assert " " in vetoes["negation"]
    assert {one["served"] for one in said["what_if"]} == {None}


def test_a_miss_with_nobody_near_is_explained_too(alice: Caller) -> None:
    said = explain(alice, alice.ask(unique()))

    assert (said["source"], said["candidates"]) == ("miss", [])


def test_only_if_cached_without_a_hit_is_explained(alice: Caller) -> None:
    alice.learn(FOODS)
    refused = alice.ask(NO_FOODS, headers={"Cache-Control": "only-if-cached"})
    assert refused.status == 504
    said = explain(alice, refused)

    assert said["source"] == "miss"
    assert said["candidates"][0]["text"] == FOODS


def test_a_promoted_copy_and_a_plain_exact_hit_are_explained(alice: Caller) -> None:
    first = alice.learn(QUESTION)
    near, again = alice.ask(PARAPHRASE), alice.ask(PARAPHRASE)
    plain = alice.ask(QUESTION)
    assert (again.level, plain.level) == ("hit-exact", "hit-exact")

    promoted = explain(alice, again)
    assert (promoted["source"], promoted["asked"]) == ("hit-exact", PARAPHRASE)
    assert f"{promoted['similarity']:.4f}" == near.headers["x-semcache-similarity"]
    assert promoted["origin"]["request_id"] == first.headers["x-request-id"]
    exact = explain(alice, plain)
    assert exact["similarity"] is None
    assert exact["entry"] == first.headers["x-semcache-entry"]
    assert exact["origin"]["request_id"] == first.headers["x-request-id"]


def test_what_was_not_to_be_stored_is_not_kept_for_explain(
    alice: Caller, book: "psycopg.Connection[Any]"
) -> None:
    prompt = unique("My secret is")
    said = explain(alice, alice.ask(prompt, headers={"Cache-Control": "no-store"}))

    assert (said["source"], said["asked"]) == ("bypass", "")
    query = "SELECT count(*) FROM semcache_decision AS d WHERE d::text LIKE %s"
    assert book.execute(query, (f"%{prompt}%",)).fetchone() == (0,)


def test_of_several_requests_with_one_id_the_newest_is_explained(alice: Caller) -> None:
    named = {"x-request-id": f"mine/{secrets.token_hex(6)}"}
    alice.ask(unique(), headers=named)
    prompt = unique()
    said = explain(alice, alice.ask(prompt, headers=named))

    assert said["rows"] == 2
    assert said["asked"] == prompt


def test_the_team_may_ask_and_nobody_else(alice: Caller, bob: Caller, charlie: Caller) -> None:
    asked = alice.ask(unique())
    path = f"/v1/cache/explain/{asked.headers['x-request-id']}"

    assert explain(bob, asked) == explain(alice, asked)
    denied, unknown = charlie.get(path), charlie.get("/v1/cache/explain/req_nobody")
    assert (denied.status, unknown.status) == (404, 404)
    assert denied.error["code"] == unknown.error["code"] == "not_found"
    assert alice.get("/v1/cache/explain/%00").status == 404
    alice.http.headers["Authorization"] = "Bearer sk-sc-nobodynobody"
    assert alice.get(path).error["code"] == "invalid_api_key"


@pytest.mark.parametrize("threshold", [0.5, 1.0])
def test_a_second_policy_says_what_it_would_have_done(
    alice: Caller, policy: Policies, threshold: float
) -> None:
    first = alice.learn(QUESTION)
    policy(shadow_decider="static", shadow_threshold=threshold)
    eventually(lambda: explain(alice, alice.ask(unique()))["shadow"], what="the second policy")
    near = alice.ask(PARAPHRASE)
    assert near.level == "hit-semantic"

    would = first.headers["x-semcache-entry"] if threshold < 1 else None
    assert explain(alice, near)["shadow"] == {
        "decider": "static",
        "threshold": threshold,
        "served": would,
    }


def test_the_command_explains_to_operators(
    product: servers.Product, alice: Caller, charlie: Caller
) -> None:
    alice.learn(FOODS)
    asked = alice.ask(NO_FOODS)
    name = asked.headers["x-request-id"]
    said = explain(alice, asked)

    shown = product.manage("explain", name)
    assert shown.returncode == 0, shown.stderr
    for word in (FOODS, "negation", "conformal", "What others would have done", "0.95"):
        assert word in shown.stdout
    printed = json.loads(product.manage("explain", name, "--json").stdout)
    assert printed == said

    elsewhere = product.manage("explain", name, "--tenant", "c")
    assert elsewhere.returncode == 1
    assert name in elsewhere.stderr
    assert "Traceback" not in elsewhere.stderr
    theirs = charlie.ask(unique())
    explain(charlie, theirs)
    shown = product.manage("explain", theirs.headers["x-request-id"], "--tenant", "c")
    assert (shown.returncode, "miss" in shown.stdout) == (0, True)
