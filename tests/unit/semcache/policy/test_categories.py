from typing import Any, get_args

import pytest

from semcache.policy import categories, rules
from semcache.policy.rules import Defaults
from semcache.types.chat import ChatRequest
from semcache.types.controls import PLAIN
from semcache.types.decision import Category
from semcache.types.identity import Identity
from semcache.types.rule import Rule


def asking(content: Any, *earlier: str) -> ChatRequest:
    messages = [{"role": "user", "content": text} for text in earlier]
    return ChatRequest(
        model="m", body={"messages": [*messages, {"role": "user", "content": content}]}
    )


EXAMPLES: dict[Category, list[str]] = {
    "factual": [
        "Who wrote Hamlet?",
        "How do I bake bread?",
        "How do I live longer?",
        "Is a tomato a fruit?",
        "What is my horoscope sign if I am born in May?",
        "Who told the first story about Troy?",
        "",
        "🎉",
    ],
    "code": [
        "How do I sort a list in Python?",
        "how do I sort a list in python?",
        "What does os.listdir() do?",
        "Fix this: ```x = 1```",
        "SELECT name FROM users gives nothing",
        "Why does main.py stop?",
        "int x = 1;\nreturn x;",
        "How do I undo a git commit?",
    ],
    "time-sensitive": [
        "What is the weather in Rome?",
        "Who plays tonight?",
        "What is the latest iPhone?",
        "bitcoin price right now",
        "What are the exchange rates for the euro?",
        "Show me live scores",
        "WHAT IS THE NEWS?",
        "Who is currently the mayor?",
        "Which films come out this week?",
    ],
    "personal": [
        "Where is my order?",
        "What is my account balance?",
        "When is our flight?",
        "Please cancel my hotel booking",
        "Is my new card blocked today?",
    ],
    "creative": [
        "Write a poem about the sea.",
        "Tell me a joke.",
        "Compose a haiku on rain",
        "Come up with names for my cat",
        "make up a story about my dog",
        "Invent two slogans for my company account",
    ],
}


@pytest.mark.parametrize(
    ("category", "text"), [(name, text) for name, texts in EXAMPLES.items() for text in texts]
)
def test_a_prompt_is_of_its_kind(category: Category, text: str) -> None:
    assert categories.classify(asking(text)) == category


def test_every_kind_has_its_examples() -> None:
    assert set(EXAMPLES) == set(get_args(Category))


# ------------------------------------------------------------------ wishes for another answer
@pytest.mark.parametrize(
    "text",
    [
        "Tell me another joke",
        "One more riddle, please!",
        "Give me a different name for my cat",
        "yet another idea",
        "a random story",
        "Try again!",
        "once more",
        "Regenerate.",
        "surprise me",
        "another one",
    ],
)
def test_a_wish_for_another_answer_is_seen(text: str) -> None:
    assert categories.varies(asking(text))


def resolve(text: str) -> Rule:
    alice = Identity(tenant_id=1, tenant="a", key_id="k", salt=b"")
    return rules.resolve(asking(text), controls=PLAIN, identity=alice, defaults=Defaults())


def test_a_wish_for_another_answer_passes_the_cache_by_and_says_so() -> None:
    other, same = resolve("Tell me another joke"), resolve("Tell me a joke")

    assert (other.bypass, other.asked) == ("variety", False)
    assert (other.serve_exact, other.serve_semantic) == (False, False)
    assert same.bypass is None
    assert same.serve_semantic


@pytest.mark.parametrize(
    "text",
    [
        "Tell me a joke",
        "Is there another way to pay?",
        "How do I try again after a failed login?",
        "What is a random forest?",
        "Why does it regenerate?",
        "another",
        "",
    ],
)
def test_a_question_about_another_thing_is_a_question(text: str) -> None:
    assert not categories.varies(asking(text))


# ------------------------------------------------------------------ what is read
def test_the_last_turn_speaks() -> None:
    assert categories.classify(asking("Who wrote it?", "Tell me a joke.")) == "factual"
    assert categories.classify(asking("Tell me a joke.", "Who wrote it?")) == "creative"


def test_the_text_among_other_parts_is_read() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://x.test/1.png"}}

    assert categories.classify(asking([image, {"type": "text", "text": "a joke"}])) == "factual"
    assert (
        categories.classify(asking([image, {"type": "text", "text": "Tell me a joke"}]))
        == "creative"
    )
    assert categories.classify(asking([image])) == "factual"


def test_a_long_prompt_is_read_at_both_ends() -> None:
    filler = "word " * 2_000

    assert categories.classify(asking(f"Tell me a joke. {filler}")) == "creative"
    assert categories.classify(asking(f"{filler} Tell me a joke.")) == "creative"


@pytest.mark.parametrize(
    "messages", [None, [], "x", [None], ["x"], [{}], [{"content": None}], [{"content": [None, 1]}]]
)
def test_a_body_of_another_shape_is_nothing_in_particular(messages: Any) -> None:
    request = ChatRequest(model="m", body={"messages": messages})

    assert categories.classify(request) == "factual"
    assert not categories.varies(request)


# ------------------------------------------------------------------ the usual care
@pytest.mark.parametrize(
    ("category", "usual"),
    [
        ("factual", {}),
        ("code", {}),
        ("time-sensitive", {"ttl_s": 3_600}),
        ("personal", {"max_error": 0.005}),
        ("creative", {"max_error": 0.005}),
    ],
)
def test_kinds_that_cost_more_when_wrong_are_held_to_more(
    category: Category, usual: dict[str, Any]
) -> None:
    assert categories.usual(category, max_error=0.01, ttl_s=86_400) == usual


def test_the_usual_care_never_loosens() -> None:
    assert categories.usual("time-sensitive", max_error=0.01, ttl_s=60) == {"ttl_s": 60}
