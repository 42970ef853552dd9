"""One request has one name; two requests that may be answered differently have two."""

import hashlib
import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import rfc8785
from hypothesis import assume, given
from hypothesis import strategies as st

from semcache import keys
from semcache.api import parsing
from semcache.types.chat import ChatRequest
from tests import strategies
from tests.strategies import JSON, unhurried

tenants = st.integers(1, 2**31)
namespaces = st.text(max_size=8) | st.sampled_from(["", "1", '",1,"', "a", "[1]"])


def ask(body: JSON) -> ChatRequest:
    return parsing.chat(deepcopy(body))


def name(body: JSON, *, tenant_id: int = 1, namespace: str = "", model: str = "") -> bytes:
    return keys.fingerprint(ask(body), tenant_id=tenant_id, namespace=namespace, model=model)


def scope(body: JSON, *, tenant_id: int = 1, namespace: str = "") -> bytes:
    subject = keys.subject(ask(body), tenant_id=tenant_id, namespace=namespace)
    assert subject is not None
    return subject.scope


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the ways to every value inside, the whole itself left out."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for step, item in inner:
        yield (*way, step)
        yield from places(item, (*way, step))


def put(whole: JSON, way: tuple[Any, ...], value: Any) -> JSON:
    """Copy with another value at a place."""
    changed = deepcopy(whole)
    inner: Any = changed
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = value
    return changed


def get(whole: JSON, way: tuple[Any, ...]) -> Any:
    found: Any = whole
    for step in way:
        found = found[step]
    return found


# ------------------------------------------------------------------ canonical form
@unhurried
@given(value=strategies.values)
def test_the_canonical_form_is_rfc_8785_to_the_byte(value: Any) -> None:
    assert keys.canonical(value) == rfc8785.dumps(value)


def test_names_are_sorted_by_utf_16_units_as_rfc_8785_sorts_them() -> None:
    """By UTF-8 bytes U+FB33 would stand before the emoji, by UTF-16 units it stands after."""
    value = {"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3, "\r": 4, "1": 5, "\x80": 6, "\u00f6": 7}

    assert keys.canonical(value) == rfc8785.dumps(value)


@unhurried
@given(value=strategies.values)
def test_the_canonical_form_holds_all_that_was_said(value: Any) -> None:
    assert json.loads(keys.canonical(value), parse_int=float) == value


@given(one=st.integers(), other=st.integers())
def test_two_integers_never_share_a_spelling_however_large(one: int, other: int) -> None:
    assume(one != other)

    assert keys.canonical([one]) != keys.canonical([other])


# --------------------------------------- direction 1: the same request keeps its name
@unhurried
@given(data=st.data(), body=strategies.chat_bodies)
def test_order_white_space_numbers_and_escapes_do_not_change_the_name(
    data: st.DataObject, body: JSON
) -> None:
    raw = data.draw(strategies.spellings(body))

    respelled = parsing.chat(parsing.body(raw))

    assert keys.fingerprint(respelled, tenant_id=1, namespace="") == name(body)


@unhurried
@given(data=st.data(), body=strategies.chat_bodies)
def test_order_white_space_numbers_and_escapes_do_not_change_the_scope(
    data: st.DataObject, body: JSON
) -> None:
    raw = data.draw(strategies.spellings(body))

    subject = keys.subject(parsing.chat(parsing.body(raw)), tenant_id=1, namespace="")

    assert subject is not None
    assert subject.scope == scope(body)
    assert subject.text == body["messages"][-1]["content"]


@pytest.mark.parametrize("spelled", ["1", "1.0", "1e0", "10E-1", "0.1e+1", "1.000", "100e-2"])
def test_one_is_one_however_it_is_spelled(spelled: str) -> None:
    raw = f'{{"model": "m", "messages": [{{"role": "user"}}], "temperature": {spelled}}}'

    request = parsing.chat(parsing.body(raw.encode()))

    plain = {"model": "m", "messages": [{"role": "user"}], "temperature": 1}
    assert keys.fingerprint(request, tenant_id=1, namespace="") == name(plain)


@unhurried
@given(body=strategies.chat_bodies, extra=strategies.unkeyed_fields)
def test_streaming_the_user_and_the_cache_controls_are_no_part_of_the_name(
    body: JSON, extra: JSON
) -> None:
    assert name(body | extra) == name(body)
    assert scope(body | extra) == scope(body)


def test_the_name_is_the_hash_of_tenant_namespace_and_canonical_request() -> None:
    """Written out, so that a release that renames everything empties no cache unnoticed."""
    body = {"messages": [{"role": "user", "content": "hi"}], "model": "m", "temperature": 1.0}
    spelled = (
        b'["chat/1",7,"docs",'
        b'{"messages":[{"content":"hi","role":"user"}],"model":"m","temperature":1}]'
    )

    assert name(body, tenant_id=7, namespace="docs") == hashlib.sha256(spelled).digest()


# ---------------------------------- direction 2: another request gets another name
@unhurried
@given(data=st.data(), body=strategies.chat_bodies)
def test_any_change_of_a_keyed_value_changes_the_name(data: st.DataObject, body: JSON) -> None:
    way = data.draw(st.sampled_from(list(places(body))))
    value = data.draw(strategies.values)
    assume(keys.canonical(value) != keys.canonical(get(body, way)))
    changed = put(body, way, value)
    assume(isinstance(changed["model"], str) and changed["model"])
    assume(isinstance(changed["messages"], list) and changed["messages"])

    assert name(changed) != name(body)


@unhurried
@given(data=st.data(), body=strategies.chat_bodies)
def test_a_field_more_changes_the_name(data: st.DataObject, body: JSON) -> None:
    field = data.draw(strategies.texts.filter(lambda n: n not in body and n not in keys.UNKEYED))

    assert name(body | {field: data.draw(strategies.values)}) != name(body)


TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
PLAIN: JSON = {
    "model": "gpt-4o",
    "messages": [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Who wrote Faust?"},
    ],
}
ANOTHER: dict[str, JSON] = {
    "model": {"model": "gpt-4o-mini"},
    "role": {"messages": [{"role": "developer", "content": "Be short."}, PLAIN["messages"][1]]},
    "system prompt": {"messages": [{"role": "system", "content": "Be long."}]},
    "order of messages": {"messages": PLAIN["messages"][::-1]},
    "a message less": {"messages": PLAIN["messages"][1:]},
    "name": {"messages": [PLAIN["messages"][0], PLAIN["messages"][1] | {"name": "bob"}]},
    "tool calls": {"messages": [*PLAIN["messages"], {"role": "assistant", "tool_calls": [CALL]}]},
    "letter case": {"messages": [PLAIN["messages"][0], {"role": "user", "content": "who"}]},
    "temperature": {"temperature": 0.2},
    "top_p": {"top_p": 0.9},
    "max_tokens": {"max_tokens": 5},
    "max_completion_tokens": {"max_completion_tokens": 5},
    "seed": {"seed": 7},
    "tools": {"tools": [TOOL]},
    "tool_choice": {"tool_choice": "none"},
    "response_format": {"response_format": {"type": "json_object"}},
    "n": {"n": 2},
    "stop": {"stop": ["\n"]},
    "logit_bias": {"logit_bias": {"50256": -100}},
    "logprobs": {"logprobs": True},
    "presence_penalty": {"presence_penalty": 0.5},
    "frequency_penalty": {"frequency_penalty": 0.5},
    "reasoning_effort": {"reasoning_effort": "low"},
    "a field nobody knows": {"x_vendor": {"deep": [1]}},
}


@pytest.mark.parametrize("field", ANOTHER)
def test_what_changes_the_answer_changes_the_name(field: str) -> None:
    assert name(PLAIN | ANOTHER[field]) != name(PLAIN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"seed": 2**53}, {"seed": 2**53 + 1}),
        ({"seed": 2**63}, {"seed": 2**63 + 1}),
        ({"seed": 1}, {"seed": True}),
        ({"seed": 0}, {"seed": None}),
        ({"seed": 1}, {"seed": "1"}),
        ({"stop": "a"}, {"stop": ["a"]}),
        ({"stop": []}, {"stop": {}}),
        ({"temperature": 0.1}, {"temperature": 0.1 + 2**-56}),
        ({"x": "e\u0301"}, {"x": "\u00e9"}),
        ({"x": None}, {}),
    ],
)
def test_near_values_keep_apart(one: JSON, other: JSON) -> None:
    assert name(PLAIN | one) != name(PLAIN | other)


@unhurried
@given(one=st.tuples(tenants, namespaces), other=st.tuples(tenants, namespaces) | st.just((1, "1")))
def test_tenants_and_namespaces_never_share_a_name(
    one: tuple[int, str], other: tuple[int, str]
) -> None:
    assume(one != other)
    named = [
        (name(PLAIN, tenant_id=t, namespace=ns), scope(PLAIN, tenant_id=t, namespace=ns))
        for t, ns in (one, other)
    ]

    assert len({part for pair in named for part in pair}) == 4


def test_a_fallbacks_answer_has_the_fallbacks_name() -> None:
    fallback = PLAIN | {"model": "gpt-4o-mini"}

    assert name(PLAIN, model="gpt-4o-mini") == name(fallback)
    assert name(PLAIN, model="gpt-4o-mini") != name(PLAIN)


# ------------------------------------------------------------------ scope
@unhurried
@given(body=strategies.chat_bodies, text=strategies.texts.filter(str.strip))
def test_only_the_last_users_text_is_outside_the_scope(body: JSON, text: str) -> None:
    other = deepcopy(body)
    other["messages"][-1]["content"] = text

    subject = keys.subject(ask(other), tenant_id=1, namespace="")

    assert subject is not None
    assert subject.text == text
    assert subject.scope == scope(body)


@unhurried
@given(data=st.data(), body=strategies.chat_bodies)
def test_any_other_change_leaves_the_scope(data: st.DataObject, body: JSON) -> None:
    last = len(body["messages"]) - 1
    whole = [("messages",), ("messages", last), ("messages", last, "content")]
    ways = [way for way in places(body) if way not in [*whole, ("messages", last, "role")]]
    way = data.draw(st.sampled_from(ways))
    value = data.draw(strategies.values)
    assume(keys.canonical(value) != keys.canonical(get(body, way)))
    changed = put(body, way, value)
    assume(isinstance(changed["model"], str) and changed["model"])

    assert scope(changed) != scope(body)


def with_parts(*parts: JSON) -> JSON:
    return {"model": "m", "messages": [{"role": "user", "content": list(parts)}]}


def picture(url: str) -> JSON:
    return {"type": "image_url", "image_url": {"url": url}}


def words(text: str) -> JSON:
    return {"type": "text", "text": text}


def test_the_text_beside_an_image_is_compared_by_meaning_and_the_image_to_the_letter() -> None:
    cat = scope(with_parts(words("What is this?"), picture("cat")))

    assert scope(with_parts(words("Describe it."), picture("cat"))) == cat
    assert scope(with_parts(words("What is this?"), picture("dog"))) != cat
    assert scope(with_parts(picture("cat"), words("What is this?"))) != cat
    assert scope(with_parts(words("What is this?"))) != cat


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "content": "Goethe."},
        {"role": "tool", "content": "42", "tool_call_id": "call_1"},
        {"role": "user", "content": ""},
        {"role": "user", "content": "  \n"},
        {"role": "user", "content": None},
        {"role": "user"},
        {"role": "user", "content": [picture("cat")]},
        {"role": "user", "content": [words("one"), words("two")]},
        {"role": "user", "content": [{"type": "text", "text": None}]},
    ],
    ids=str,
)
def test_a_request_without_one_text_of_the_user_is_not_compared_by_meaning(message: JSON) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}, message]}

    assert keys.subject(ask(body), tenant_id=1, namespace="") is None


# ------------------------------------------------------------------ embeddings
def embedded(text: str | list[int], body: JSON, *, tenant_id: int = 1, ns: str = "") -> bytes:
    return keys.embedding_fingerprint(text, body=body, tenant_id=tenant_id, namespace=ns)


EMBED: JSON = {"model": "e"}


@pytest.mark.parametrize(
    "extra", [{"encoding_format": "base64"}, {"encoding_format": "float"}, {"user": "u"}], ids=str
)
def test_a_vectors_spelling_on_the_wire_is_no_part_of_its_name(extra: JSON) -> None:
    assert embedded("hi", EMBED | extra) == embedded("hi", EMBED)


def test_every_input_model_size_tenant_and_namespace_of_a_vector_has_its_name() -> None:
    names = [
        embedded("1", EMBED),
        embedded([1], EMBED),
        embedded([1, 1], EMBED),
        embedded([11], EMBED),
        embedded("hi", EMBED),
        embedded("hi ", EMBED),
        embedded("hi", {"model": "f"}),
        embedded("hi", EMBED | {"dimensions": 256}),
        embedded("hi", EMBED | {"input_type": "query"}),
        embedded("hi", EMBED, tenant_id=2),
        embedded("hi", EMBED, ns="docs"),
    ]

    assert len(set(names)) == len(names)


# ------------------------------------------------------------------ handles
@given(one=st.binary(min_size=32, max_size=32), salt=st.binary(min_size=16, max_size=16))
def test_a_handle_is_24_plain_letters(one: bytes, salt: bytes) -> None:
    handle = keys.handle(one, salt=salt)

    assert handle.startswith("ent_")
    assert len(handle.encode("ascii")) == 24


def test_a_handle_tells_another_tenant_nothing() -> None:
    entry = name(PLAIN)

    assert keys.handle(entry, salt=b"alice") == keys.handle(entry, salt=b"alice")
    assert keys.handle(entry, salt=b"alice") != keys.handle(entry, salt=b"charlie")
    assert entry.hex()[:20] not in keys.handle(entry, salt=b"alice")
