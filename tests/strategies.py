"""Values as callers and providers send them, for property tests."""

import itertools
import random
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

JSON = dict[str, Any]

# The cores are shared, so a slow example is no fault.
unhurried = settings(deadline=None)

# What a body may hold: no lone surrogates, no null bytes.
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12
) | st.sampled_from(["", "10", "null", "é", "e\u0301", "\U0001f389", '"', "\\", "\u2028", "/"])
# RFC 8785 knows integers up to 2**53 - 1 only.
integers = st.integers(-(2**53) + 1, 2**53 - 1) | st.integers(-10, 1000)
floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [0.0, -0.0, 1.0, 0.1, 1e21, 1e-7, 5e-324, 1e15, 2.0**53, 999999999999999.9]
)
scalars = st.none() | st.booleans() | integers | floats | texts


def json_values(names: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=10,
    )


values = json_values()

# ---------------------------------------------------------------- requests
image = st.fixed_dictionaries(
    {
        "type": st.just("image_url"),
        "image_url": st.fixed_dictionaries(
            {"url": st.sampled_from(["https://x.test/1.png", "data:image/png;base64,AA=="])}
        ),
    }
)
text_part = st.fixed_dictionaries({"type": st.just("text"), "text": texts})
contents = texts | st.lists(text_part | image, min_size=1, max_size=3)
messages = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "user", "assistant"]), "content": contents},
    optional={"name": texts},
)
last_messages = st.fixed_dictionaries(
    {"role": st.just("user"), "content": texts.filter(str.strip)}, optional={"name": texts}
)
_keyed_fields: dict[str, st.SearchStrategy[Any]] = {
    "temperature": st.sampled_from([0, 0.0, 0.2, 1, 1.0, 2]),
    "top_p": st.sampled_from([0.1, 0.9, 1, 1.0]),
    "max_tokens": st.integers(1, 4096),
    "seed": integers | st.sampled_from([2**53, 2**53 + 1, 2**63]),
    "n": st.integers(1, 3),
    "stop": texts | st.lists(texts, max_size=3),
    "tools": st.lists(
        st.fixed_dictionaries({"type": st.just("function"), "function": values}), max_size=2
    ),
    "tool_choice": st.sampled_from(["auto", "none", {"type": "function"}]),
    "response_format": st.sampled_from([{"type": "text"}, {"type": "json_object"}]),
    "logit_bias": st.dictionaries(st.sampled_from(["50256", "11"]), st.integers(-100, 100)),
    "x_vendor": values,
}
unkeyed_fields = st.fixed_dictionaries(
    {},
    optional={
        "stream": st.booleans(),
        "stream_options": st.fixed_dictionaries({"include_usage": st.booleans()}),
        "user": texts,
        "metadata": st.dictionaries(texts, texts, max_size=3),
        "cache": st.fixed_dictionaries({"ttl": st.integers(0, 3600)}),
    },
)
chat_bodies: st.SearchStrategy[JSON] = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["gpt-4o", "gpt-4o-mini", "smollm2"]),
        "messages": st.builds(
            lambda earlier, last: [*earlier, last],
            st.lists(messages, max_size=3),
            last_messages,
        ),
    },
    optional=_keyed_fields,
)


# ------------------------------------------------------------- JSON, spelled in many ways
@st.composite
def spellings(draw: st.DrawFn, value: Any) -> bytes:
    """Write a value as JSON: any order, white space, spelling of numbers, escapes."""
    chance = draw(st.randoms(use_true_random=False))
    return _spell(value, chance).encode()


def _spell(value: Any, chance: random.Random) -> str:
    space = chance.choice(["", "", " ", "\n\t", "\r\n  "])
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        inner = ("," + space).join(
            f"{_string(n, chance)}{space}:{_spell(value[n], chance)}" for n in names
        )
        return f"{space}{{{inner}{space}}}"
    if isinstance(value, list):
        inner = f"{space},".join(_spell(item, chance) for item in value)
        return f"{space}[{inner}{space}]{space}"
    if isinstance(value, str):
        return space + _string(value, chance) + space
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return space + _number(value, chance)


def _number(value: float, chance: random.Random) -> str:
    """Write a number in one of the many ways that mean the same double."""
    if isinstance(value, int) and abs(value) >= 2**53:
        return str(value)  # as a double it would be another number
    exact = Decimal(repr(value))
    plain = format(exact, "f")
    if chance.random() < 0.4:
        return plain + ("" if "." in plain else chance.choice([".0", ".000"]))
    shift = chance.randint(-3, 3)
    mantissa = format(exact.scaleb(-shift), "f")
    return f"{mantissa}{chance.choice('eE')}{chance.choice(['+', '']) if shift >= 0 else ''}{shift}"


def _string(text: str, chance: random.Random) -> str:
    return '"' + "".join(_letter(letter, chance) for letter in text) + '"'


def _letter(letter: str, chance: random.Random) -> str:
    must = letter in '"\\' or letter < " "
    if not must and chance.random() < 0.6:
        return letter
    short = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\n": "\\n", "\t": "\\t", "\b": "\\b"}
    if letter in short and chance.random() < 0.5:
        return short[letter]
    units = letter.encode("utf-16-be").hex()
    units = units.upper() if chance.random() < 0.5 else units
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


# ---------------------------------------------------------------- completions
# "index" says where a list goes on; a vendor's own field of that name is not promised anything.
_own_names = st.sampled_from(["x_vendor", "provider_note", "é"])
_inner_names = texts.filter(lambda name: name != "index")
own_fields = st.dictionaries(_own_names, json_values(_inner_names), max_size=2)
tool_calls = st.builds(
    lambda place, name, arguments: {
        "id": f"call_{place}",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    },
    st.uuids().map(str),
    st.sampled_from(["look_up", "book"]),
    texts,
)
tokens = st.fixed_dictionaries(
    {
        "token": texts,
        "logprob": st.floats(-20, 0),
        "bytes": st.none() | st.lists(st.integers(0, 255), max_size=3),
        "top_logprobs": st.lists(st.fixed_dictionaries({"token": texts}), max_size=2),
    }
)
_said: dict[str, st.SearchStrategy[Any]] = {
    "refusal": st.none() | texts,
    "tool_calls": st.lists(tool_calls, min_size=1, max_size=3),
    "function_call": st.fixed_dictionaries({"name": st.just("old"), "arguments": texts}),
    "reasoning_content": texts,
    "annotations": st.lists(
        st.fixed_dictionaries({"type": st.just("url_citation"), "url": texts}), max_size=2
    ),
}
answers = st.builds(
    lambda message, own: own | message,
    st.fixed_dictionaries(
        {"role": st.just("assistant"), "content": st.none() | texts}, optional=_said
    ),
    own_fields,
)
reasons = st.sampled_from(["stop", "length", "tool_calls", "content_filter"])
logprobs = st.none() | st.fixed_dictionaries(
    {"content": st.none() | st.lists(tokens, max_size=3), "refusal": st.none()}
)


@st.composite
def completions(draw: st.DrawFn) -> JSON:
    """Draw a whole chat completion, with fields nobody knows at each level."""
    choices = []
    for index in range(draw(st.integers(1, 3))):
        choice = draw(own_fields) | {
            "index": index,
            "message": draw(answers),
            "finish_reason": draw(reasons),
        }
        if draw(st.booleans()):
            choice["logprobs"] = draw(logprobs)
        choices.append(choice)
    top: JSON = draw(own_fields) | {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": draw(st.integers(0, 2**31)),
        "model": "gpt-4o",
        "choices": choices,
    }
    if draw(st.booleans()):
        top["system_fingerprint"] = draw(st.none() | texts)
    if draw(st.booleans()):
        counts = st.integers(0, 10**6)
        top["usage"] = {"prompt_tokens": draw(counts), "completion_tokens": draw(counts)}
    return top


@st.composite
def streams(draw: st.DrawFn, completion: JSON) -> list[JSON]:
    """Cut a completion into chunks as a provider streams it: anywhere, choices interleaved."""
    queues = [draw(_parts(choice)) for choice in completion["choices"]]
    outside = {"choices", "usage", "object"}
    top = {name: value for name, value in completion.items() if name not in outside}
    top["object"] = "chat.completion.chunk"
    if "usage" in completion:
        top["usage"] = None  # OpenAI's chunks say so before the last
    chunks = []
    while any(queues):
        queue = draw(st.sampled_from([queue for queue in queues if queue]))
        chunks.append(top | {"choices": [queue.pop(0)]})
    if "usage" in completion:
        chunks.append(top | {"choices": [], "usage": completion["usage"]})
    return chunks


@st.composite
def _parts(draw: st.DrawFn, choice: JSON) -> list[JSON]:
    """Cut one choice: the role first, the reason to end last."""
    message, index = choice["message"], choice["index"]
    begun = {
        name: "" if isinstance(value, str) and name != "role" else value
        for name, value in message.items()
        if name != "tool_calls" and not isinstance(value, dict)
    }
    deltas: list[JSON] = [begun]
    for name, value in message.items():
        if isinstance(value, str) and name != "role":
            deltas += [{name: piece} for piece in draw(_pieces(value))]
        elif name == "function_call":
            deltas.append({name: value | {"arguments": ""}})
            pieces = draw(_pieces(value["arguments"]))
            deltas += [{name: {"arguments": piece}} for piece in pieces]
        elif isinstance(value, dict):
            deltas.append({name: value})
    for place, call in enumerate(message.get("tool_calls", [])):
        opening = call | {"index": place, "function": call["function"] | {"arguments": ""}}
        deltas.append({"tool_calls": [opening]})
        for piece in draw(_pieces(call["function"]["arguments"])):
            deltas.append({"tool_calls": [{"index": place, "function": {"arguments": piece}}]})
    rest = {n: v for n, v in choice.items() if n not in {"message", "logprobs", "finish_reason"}}
    parts = [rest | {"delta": delta, "finish_reason": None} for delta in deltas]
    parts += _logged(choice, index)
    return [*parts, {"index": index, "delta": {}, "finish_reason": choice["finish_reason"]}]


def _logged(choice: JSON, index: int) -> list[JSON]:
    """Give the log probabilities token by token."""
    if "logprobs" not in choice:
        return []
    logged, empty = choice["logprobs"], {"index": index, "delta": {}, "finish_reason": None}
    if logged is None or logged["content"] is None:
        return [empty | {"logprobs": logged}]
    first = empty | {"logprobs": logged | {"content": []}}
    return [first] + [empty | {"logprobs": {"content": [token]}} for token in logged["content"]]


@st.composite
def _pieces(draw: st.DrawFn, text: str) -> list[str]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    edges = [0, *cuts, len(text)]
    return [text[low:high] for low, high in itertools.pairwise(edges)]
