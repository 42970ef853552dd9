"""What of a conversation is its text, and what its scope."""

from typing import Any

import pytest

from semcache import keys
from semcache.types.chat import ChatRequest
from semcache.types.key import TURN, Subject

Message = dict[str, Any]


def user(text: Any, **more: Any) -> Message:
    return {"role": "user", "content": text, **more}


def assistant(text: Any, **more: Any) -> Message:
    return {"role": "assistant", "content": text, **more}


SYSTEM = {"role": "system", "content": "Be brief."}
TALK = [SYSTEM, user("Shall I go?"), assistant("Yes."), user("Why?")]


def conversation(messages: list[Message], *, tenant_id: int = 1, **fields: Any) -> Subject | None:
    request = ChatRequest(model="m", body={"model": "m", "messages": messages, **fields})
    return keys.conversation(request, tenant_id=tenant_id, namespace="")


def scope(messages: list[Message], **fields: Any) -> bytes:
    found = conversation(messages, **fields)
    assert found is not None
    return found.scope


def test_a_conversation_is_its_turns_and_the_scope_leaves_them_out() -> None:
    found = conversation(TALK)

    assert found is not None
    assert found.text == f"Shall I go?{TURN}Why?"
    assert found.answers == ("Yes.",)
    other = [SYSTEM, user("Shall I stay?"), assistant("No."), user("Really?")]
    assert scope(other) == found.scope


@pytest.mark.parametrize(
    "other",
    [
        [{**SYSTEM, "content": "Be long."}, *TALK[1:]],
        TALK[1:],
        [*TALK[:3], assistant("Do."), user("Why?")],
        [SYSTEM, user("Shall I go?"), user("Please?"), assistant("Yes."), user("Why?")],
        [SYSTEM, user("Shall I go?", name="Bob"), assistant("Yes."), user("Why?")],
        [SYSTEM, user("Shall I go?"), assistant("Yes.", tool_calls=[{"id": "1"}]), user("Why?")],
        [*TALK[:3], user([{"type": "text", "text": "Why?"}, {"type": "image_url"}])],
    ],
    ids=["system", "no system", "answers", "turns", "name", "tool calls", "picture"],
)
def test_all_but_the_texts_of_the_turns_is_the_scope(other: list[Message]) -> None:
    assert scope(other) != scope(TALK)


def test_a_conversation_never_shares_a_scope_with_a_last_turn() -> None:
    for messages in (TALK, [assistant(None, tool_calls=[{"id": "1"}]), user("Why?")]):
        request = ChatRequest(model="m", body={"model": "m", "messages": messages})
        last = keys.subject(request, tenant_id=1, namespace="")

        assert last is not None
        assert last.scope != scope(messages)
        assert last.answers is None
    assert scope(TALK) != scope(TALK, tenant_id=2)
    assert scope(TALK) != scope(TALK, temperature=0.5)


def test_an_assistant_that_only_called_tools_has_said_nothing() -> None:
    called = assistant(None, tool_calls=[{"id": "1"}])
    result = {"role": "tool", "tool_call_id": "1", "content": "12 degrees"}
    found = conversation([user("How warm is it?"), called, result, user("And inside?")])

    assert found is not None
    assert found.answers == ("",)
    colder = {**result, "content": "2 degrees"}
    assert scope([user("How warm is it?"), called, colder, user("And inside?")]) != found.scope


@pytest.mark.parametrize(
    "messages",
    [
        [SYSTEM, user("Why?")],
        TALK[:3],
        [*TALK[:3], user(" ")],
        [user(" "), assistant("Yes."), user("Why?")],
        [user("a\x1eb"), assistant("Yes."), user("Why?")],
        [user("a"), assistant("Yes\x1e"), user("Why?")],
        [user([{"type": "text", "text": "a"}] * 2), assistant("Yes."), user("Why?")],
        [user("a"), assistant("b")] * keys.TURNS_LIMIT + [user("c")],
    ],
    ids=[
        "no earlier turn",
        "the assistant's turn",
        "nothing asked",
        "nothing said",
        "the separator in a turn",
        "the separator in an answer",
        "two texts in a turn",
        "too many turns",
    ],
)
def test_what_cannot_be_compared_as_a_whole_is_compared_to_the_letter(
    messages: list[Message],
) -> None:
    assert conversation(messages) is None
