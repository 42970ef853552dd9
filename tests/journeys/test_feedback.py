"""A person says that an answer was wrong, and it is not given to that question again."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests import servers
from tests.callers import Caller, Said
from tests.servers import eventually

QUESTION = "What is the capital city of France?"
PARAPHRASE = "What's the capital city of France?"
FEEDBACK = "/v1/cache/feedback"


@pytest.fixture(autouse=True)
def _forgiven(book: "psycopg.Connection[Any]") -> Iterator[None]:
    """Begin, and end, with no pair that is never tried."""
    book.execute("DELETE FROM semcache_nevermatch")
    yield
    book.execute("DELETE FROM semcache_nevermatch")


def judge(caller: Caller, answer: Said, *, correct: bool, **more: Any) -> Said:
    name = answer.headers["x-request-id"]
    return caller.post(FEEDBACK, {"id": name, "correct": correct, **more})


def labels(book: "psycopg.Connection[Any]", answer: Said) -> list[tuple[Any, ...]]:
    query = "SELECT witness, served, correct, reason FROM semcache_label WHERE request_id = %s"
    return book.execute(query, (answer.headers["x-request-id"],)).fetchall()


def test_a_wrong_answer_is_not_given_to_that_question_again(
    alice: Caller, bob: Caller, book: "psycopg.Connection[Any]"
) -> None:
    first = alice.learn(QUESTION)
    near = alice.ask(PARAPHRASE)
    assert (near.level, bob.ask(PARAPHRASE).level) == ("hit-semantic", "hit-exact")

    said = judge(alice, near, correct=False, reason="It is not.")
    assert (said.status, said.json["never_again"], said.json["correct"]) == (200, True, False)
    assert said.json["entry"] == first.headers["x-semcache-entry"]
    again = bob.ask(PARAPHRASE)
    assert again.level == "miss"
    nearest = bob.get(f"/v1/cache/explain/{again.headers['x-request-id']}").json["candidates"][0]
    assert nearest["vetoes"][0]["veto"] == "never-match"
    assert alice.ask(QUESTION).level == "hit-exact"

    (label,) = labels(book, near)
    assert label == ("feedback", True, False, "It is not.")
    query = "SELECT cardinality(features) > 0 FROM semcache_label WHERE request_id = %s"
    assert book.execute(query, (near.headers["x-request-id"],)).fetchone() == (True,)
    explained = alice.get(f"/v1/cache/explain/{near.headers['x-request-id']}").json
    assert [(one["witness"], one["correct"]) for one in explained["labels"]] == [
        ("feedback", False)
    ]


def test_a_promoted_copy_can_be_judged_as_well(alice: Caller) -> None:
    alice.learn(QUESTION)
    alice.ask(PARAPHRASE)
    copy = alice.ask(PARAPHRASE)
    assert copy.level == "hit-exact"

    assert judge(alice, copy, correct=False).json["never_again"] is True
    assert alice.ask(PARAPHRASE).level == "miss"


def test_what_is_said_twice_is_taken_down_once(
    alice: Caller, book: "psycopg.Connection[Any]"
) -> None:
    alice.learn(QUESTION)
    near = alice.ask(PARAPHRASE)
    said = [judge(alice, near, correct=False) for _ in range(3)]

    assert [one.status for one in said] == [200, 200, 200]
    assert said[0].json == said[2].json
    assert len(labels(book, near)) == 1
    assert book.execute("SELECT count(*) FROM semcache_nevermatch").fetchone() == (1,)
    judge(alice, near, correct=True)
    assert sorted(label[2] for label in labels(book, near)) == [False, True]


def test_a_right_answer_goes_on_being_served_and_is_no_part_of_the_sample(
    alice: Caller, book: "psycopg.Connection[Any]"
) -> None:
    alice.learn(QUESTION)
    near = alice.ask(PARAPHRASE)
    query = "SELECT coalesce(sum(drawn), 0), coalesce(sum(hits), 0) FROM semcache_calibration"
    before = book.execute(query).fetchone()

    said = judge(alice, near, correct=True)
    assert (said.status, said.json["never_again"]) == (200, False)
    assert alice.ask(PARAPHRASE).level == "hit-exact"
    assert [label[2] for label in labels(book, near)] == [True]
    assert book.execute(query).fetchone() == before


def test_nobody_judges_another_tenants_answers(
    alice: Caller, charlie: Caller, book: "psycopg.Connection[Any]"
) -> None:
    alice.learn(QUESTION)
    near = alice.ask(PARAPHRASE)

    denied = judge(charlie, near, correct=False)
    assert (denied.status, denied.error["param"]) == (404, "id")
    assert labels(book, near) == []
    assert alice.ask(PARAPHRASE).level == "hit-exact"


def test_only_an_answer_to_another_question_can_be_judged(alice: Caller) -> None:
    miss, exact = alice.ask(QUESTION), alice.ask(QUESTION)

    for answer in (miss, exact):
        said = judge(alice, answer, correct=False)
        assert (said.status, said.error["param"]) == (400, "id")
        assert answer.level in said.error["message"]
    assert alice.ask(QUESTION).level == "hit-exact"


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"correct": False}, "id"),
        ({"id": 7, "correct": False}, "id"),
        ({"id": "", "correct": False}, "id"),
        ({"id": "r"}, "correct"),
        ({"id": "r", "correct": "no"}, "correct"),
        ({"id": "r", "correct": None}, "correct"),
        ({"id": "r", "correct": False, "reason": "x" * 501}, "reason"),
        ({"id": "r", "correct": False, "reason": 5}, "reason"),
        ({"id": "r", "correct": False, "resaon": "typo"}, "resaon"),
        ([], None),
    ],
)
def test_a_malformed_verdict_is_refused_and_names_the_member(
    alice: Caller, said: Any, param: str | None
) -> None:
    refused = alice.post(FEEDBACK, said)

    assert (refused.status, refused.error["param"]) == (400, param)


def test_feedback_needs_a_key_and_is_posted(alice: Caller) -> None:
    assert alice.get(FEEDBACK).status == 405
    alice.http.headers["Authorization"] = "Bearer sk-sc-nobodynobody"
    assert alice.post(FEEDBACK, {"id": "r", "correct": False}).status == 401


# ------------------------------------------------------------------ an operator's mark
@pytest.fixture
def operator(product: servers.Product) -> Iterator[httpx.Client]:
    """Somebody in the admin, signed in."""
    made = product.manage(
        "shell",
        "-c",
        "from django.contrib.auth.models import User\n"
        "User.objects.filter(username='olga').delete()\n"
        "User.objects.create_superuser('olga', password='open sesame')",
    )
    assert made.returncode == 0, made.stderr
    with httpx.Client(
        base_url=product.web.root_url, follow_redirects=True, timeout=30, trust_env=False
    ) as client:
        submit(client, "/admin/login/", next="/admin/", username="olga", password="open sesame")
        assert "sessionid" in client.cookies
        yield client


def submit(client: httpx.Client, path: str, **fields: Any) -> str:
    client.get(path)
    token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
    answer = client.post(path, data={**fields, **token}, headers={"Referer": str(client.base_url)})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_an_operators_mark_has_the_same_effect(
    alice: Caller, operator: httpx.Client, book: "psycopg.Connection[Any]"
) -> None:
    miss = alice.learn(QUESTION)
    near = alice.ask(PARAPHRASE)

    def row(answer: Said) -> Any:
        query = "SELECT id FROM semcache_decision WHERE request_id = %s"
        return book.execute(query, (answer.headers["x-request-id"],)).fetchone()

    ids = [eventually(lambda answer=answer: row(answer))[0] for answer in (near, miss)]  # type: ignore[misc]
    page = submit(operator, "/admin/semcache/decision/", action="mark_wrong", _selected_action=ids)
    assert "1 answers are marked wrong." in page
    assert "Only a semantic hit can be judged" in page
    assert alice.ask(PARAPHRASE).level == "miss"
    assert labels(book, near)[0][:3] == ("operator", True, False)

    pair = book.execute("SELECT id FROM semcache_nevermatch").fetchone()
    assert pair is not None
    submit(operator, f"/admin/semcache/nevermatch/{pair[0]}/delete/", post="yes")
    assert book.execute("SELECT count(*) FROM semcache_nevermatch").fetchone() == (0,)


@pytest.mark.parametrize("table", ["decision", "label", "nevermatch", "calibration", "policy"])
def test_the_admin_shows_each_table_and_its_search(
    alice: Caller, operator: httpx.Client, book: "psycopg.Connection[Any]", table: str
) -> None:
    alice.learn(QUESTION)
    judge(alice, alice.ask(PARAPHRASE), correct=False)
    book.execute(
        "INSERT INTO semcache_calibration (tenant_id, category, version, drawn, hits, wrong, "
        "dropped, evidence, floor, model, weights, thresholds, contextual, fitted_through, "
        "updated_at) "
        "SELECT id, 'admin', 1, 200, 50, 1, 0, '{}', 0, '', '[]', '[]', false, 0, now() "
        "FROM semcache_tenant WHERE name = 'c'"
    )
    page = operator.get(f"/admin/semcache/{table}/")
    book.execute("DELETE FROM semcache_calibration WHERE category = 'admin'")

    assert page.status_code == 200
    if table == "calibration":
        assert re.search(r"0\.50% \(0\.01% to 2\.7\d%\)", page.text)
    if table in {"decision", "label"}:
        assert operator.get(f"/admin/semcache/{table}/?q=nobody").status_code == 200
