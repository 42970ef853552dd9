"""The last turn means what the turns before it make of it."""

import itertools
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from benchmarks.upstream.server import Upstream
from tests import servers
from tests.callers import OK, Caller, Said, unique
from tests.records import Records
from tests.servers import eventually

OPENING = "I returned the shoes after 10 days"
REWORDED = "I sent the shoes back after 10 days"
LATER = "I returned the shoes after 40 days"
REPLY = "Thank you, they have arrived."
LAST = "Can I still get my money back for it?"
LAST_REWORDED = "Can I still get the money back for it?"
YES, NO = "Yes, within 14 days you get it all back.", "No, after 30 days it is too late."
ONLY_CACHED = {"Cache-Control": "only-if-cached"}


def talk(*turns: str, reply: str = REPLY) -> list[dict[str, Any]]:
    """Write the messages of a conversation; each turn but the last was answered."""
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": turn})
        messages.append({"role": "assistant", "content": reply})
    return messages[:-1]


def cached(caller: Caller, *turns: str, reply: str = REPLY) -> Said:
    """Ask without causing anything."""
    return caller.ask(talk(*turns, reply=reply), headers=ONLY_CACHED)


def learn(caller: Caller, *turns: str) -> Said:
    """Ask, and wait until the answer is found by meaning."""
    said = caller.ask(talk(*turns))
    *earlier, last = turns
    eventually(lambda: cached(caller, *earlier, f"{last} ").status == OK, what="the index")
    return said


def reasons(caller: Caller, said: Said) -> str:
    """Read why the candidates of a request were refused."""
    request_id = said.headers["x-request-id"]
    found = eventually(
        lambda: (e := caller.get(f"/v1/cache/explain/{request_id}")).status == OK and e,
        what="the explanation",
    )
    return " ".join(candidate["reason"] for candidate in found.json["candidates"])


@pytest.fixture
def records(book: "psycopg.Connection[Any]") -> Records:
    return Records(book, f"talking-{secrets.token_hex(4)}")


@pytest.fixture
def heidi(
    product: servers.Product, hire: Callable[..., Caller], records: Records
) -> Iterator[Caller]:
    """Owns a tenant that nobody else asks for."""
    product.keys["heidi"] = product.manage("issue_key", "--tenant", records.tenant).stdout.strip()
    yield hire(product, "heidi")
    del product.keys["heidi"]


def support(records: Records, *, on: bool) -> None:
    """Let the labels have said that whole conversations may be compared, or that they may not."""
    records.run(
        "UPDATE semcache_calibration SET contextual = %s, version = version + 1 "
        "WHERE tenant_id = (SELECT id FROM semcache_tenant WHERE name = %s)",
        on,
        records.tenant,
    )


@pytest.fixture
def contextual(heidi: Caller, records: Records) -> Caller:
    """Heidi, whose policy compares whole conversations, as her labels support."""
    records.admit_all(max_error=0.01)
    support(records, on=True)
    records.decree(conversations="contextual", threshold=0.8, audit_share=0.0)
    return heidi


# ------------------------------------------------------------------ exact
def test_by_default_the_same_last_turn_in_another_conversation_is_another_question(
    alice: Caller,
) -> None:
    learn(alice, OPENING, LAST)
    assert cached(alice, OPENING, LAST_REWORDED).level == "hit-semantic"
    for other in (LATER, REWORDED, f"{OPENING} "):
        assert cached(alice, other, LAST).status == 504, other
    assert cached(alice, OPENING, LAST, reply="They have not arrived.").status == 504
    assert cached(alice, LAST).status == 504


# ------------------------------------------------------------------ contextual
def test_a_conversation_said_anew_is_answered_and_one_that_differs_is_not(
    contextual: Caller,
) -> None:
    first = learn(contextual, OPENING, LAST)
    near = cached(contextual, REWORDED, LAST_REWORDED)
    assert (near.level, near.text) == ("hit-semantic", first.text)
    trap = contextual.ask(talk(LATER, LAST))
    assert trap.level == "miss"
    assert "turn 1 of 2: the numbers differ" in reasons(contextual, trap)
    assert cached(contextual, OPENING, "What do I do with the box?").status == 504


def test_a_turn_that_points_back_needs_the_very_same_answers_before_it(
    contextual: Caller,
) -> None:
    learn(contextual, OPENING, LAST)
    said = contextual.ask(talk(REWORDED, LAST, reply=f"{REPLY} Have a nice day."))
    assert said.level == "miss"
    assert 'turn 2 of 2 needs what was said before ("it")' in reasons(contextual, said)


def test_an_answer_to_another_conversation_is_decided_anew_each_time(
    contextual: Caller, records: Records
) -> None:
    learn(contextual, OPENING, LAST)
    levels = {cached(contextual, REWORDED, LAST).level for _ in range(5)}
    assert levels == {"hit-semantic"}, "there is no copy in L1"
    support(records, on=False)
    eventually(lambda: cached(contextual, REWORDED, LAST).status == 504, what="the switch")


def test_a_wrong_answer_to_a_conversation_is_found_out_and_not_given_again(
    contextual: Caller, records: Records, provider: Upstream
) -> None:
    provider.say(YES, to=LAST)
    provider.say(NO, to=LAST_REWORDED)
    learn(contextual, OPENING, LAST)
    records.decree(conversations="contextual", threshold=0.8)
    eventually(lambda: contextual.ask(unique()) and records.labels(), what="the policy")
    assert contextual.ask(talk(REWORDED, LAST_REWORDED)).text == YES
    label = records.label(witness="contextual")
    assert (label["correct"], label["served"]) == (False, False)
    assert records.label(witness="audit")["served"] is True
    again = contextual.ask(talk(REWORDED, LAST_REWORDED))
    assert (again.level, again.text) == ("miss", NO)


def test_without_earlier_turns_nothing_changes(contextual: Caller) -> None:
    contextual.learn(OPENING)
    assert contextual.ask(f"{OPENING}.").level == "hit-semantic"


def test_answers_kept_under_one_policy_move_to_the_other_when_asked_again(
    heidi: Caller, records: Records
) -> None:
    records.decree(threshold=0.8, audit_share=0.0)
    learn(heidi, OPENING, LAST)
    records.admit_all(max_error=0.01)
    support(records, on=True)
    records.decree(conversations="contextual", threshold=0.8, audit_share=0.0)
    spaces = itertools.count(2)
    eventually(
        lambda: cached(heidi, OPENING, LAST + " " * next(spaces)).status == 504, what="the policy"
    )
    heidi.ask(talk(OPENING, LAST), headers={"Cache-Control": "no-cache"})
    eventually(lambda: cached(heidi, REWORDED, LAST).status == OK, what="the index")
    assert cached(heidi, LATER, LAST).status == 504


def test_rebuilding_the_index_encodes_conversations_as_they_were(
    contextual: Caller, records: Records, product: servers.Product
) -> None:
    learn(contextual, OPENING, LAST)
    where = (
        "WHERE scope IS NOT NULL AND tenant_id = (SELECT id FROM semcache_tenant WHERE name = %s)"
    )
    before = records.run(
        f"SELECT id, embedding::text FROM semcache_entry {where}", records.tenant
    ).fetchone()
    assert before is not None
    records.run(f"UPDATE semcache_entry SET embedding = NULL, encoder = '' {where}", records.tenant)
    done = product.manage("rebuild_index")
    assert done.returncode == 0, done.stderr
    apart = records.run(
        "SELECT embedding <=> %s::halfvec FROM semcache_entry WHERE id = %s", before[1], before[0]
    ).fetchone()
    assert apart is not None
    assert apart[0] == pytest.approx(0.0, abs=1e-3)


# ------------------------------------------------------------------ shadow
@pytest.fixture
def shadow(heidi: Caller, records: Records) -> Callable[[], None]:
    """Let Heidi's policy look on; what is called later draws all requests from then on."""
    records.decree(conversations="shadow", threshold=0.8, audit_share=0.0)

    def draw_all() -> None:
        records.decree(conversations="shadow", threshold=0.8)
        eventually(lambda: heidi.ask(unique()) and records.labels(), what="the policy")

    return draw_all


def test_a_shadow_serves_nothing_and_finds_out_what_it_would_have_served(
    heidi: Caller, records: Records, provider: Upstream, shadow: Callable[[], None]
) -> None:
    provider.say(YES, to="money back")
    learn(heidi, OPENING, LAST)
    assert cached(heidi, OPENING, LAST_REWORDED).level == "hit-semantic", "as under exact"
    shadow()
    assert heidi.ask(talk(REWORDED, LAST)).level == "miss"
    label = records.label(witness="contextual")
    assert (label["correct"], label["served"]) == (True, False)
    assert label["asked"].startswith(REWORDED)
    assert label["stored"].startswith(OPENING)
    assert records.calibration("contextual") is False


def test_what_a_shadow_would_have_served_wrongly_is_labelled_wrong(
    heidi: Caller, records: Records, provider: Upstream, shadow: Callable[[], None]
) -> None:
    provider.say(YES, to=LAST)
    provider.say(NO, to=LAST_REWORDED)
    learn(heidi, OPENING, LAST)
    shadow()
    heidi.ask(talk(REWORDED, LAST_REWORDED))
    assert records.label(witness="contextual")["correct"] is False
    assert heidi.ask(talk(REWORDED, LAST_REWORDED)).text == NO


def test_a_drawn_conversation_with_nothing_near_counts_too(
    heidi: Caller, records: Records, shadow: Callable[[], None]
) -> None:
    shadow()
    heidi.ask(talk("My lamp is broken", "Who repairs such a thing?"))
    label = records.label(witness="contextual")
    assert (label["correct"], label["stored"]) == (None, "")
    assert label["asked"].startswith("My lamp is broken")


def test_a_policy_that_the_labels_do_not_support_only_looks_on(
    heidi: Caller, records: Records
) -> None:
    records.decree(conversations="contextual", threshold=0.8, audit_share=0.0)
    learn(heidi, OPENING, LAST)
    said = heidi.ask(talk(REWORDED, LAST))
    assert said.level == "miss"
    assert "the policy compares them to the letter" in reasons(heidi, said)
