"""Conversations as the product would decide about them, and as others would."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality import conversations, datasets
from benchmarks.quality.datasets import Conversation
from benchmarks.quality.vectors import Vectorizer
from embeddings.encoders.onnx import OnnxEncoder

OPENING = "How do I change the oil in my car?"
REWORDED = "How can I change the oil in my car?"
LAST = "How often does it have to be done?"


@pytest.fixture(scope="module")
def vectorizer(tmp_path_factory: pytest.TempPathFactory) -> Vectorizer:
    return Vectorizer(OnnxEncoder(), folder=Path(tmp_path_factory.mktemp("vectors")))


def served(one: Conversation, vectorizer: Vectorizer) -> dict[str, bool]:
    judged = conversations.judge([one], name="some", vectorizer=vectorizer)
    return {way: ones[0].served for way, ones in judged.items()}


@pytest.mark.parametrize(
    ("one", "ways"),
    [
        (
            Conversation(stored=(OPENING, LAST), asked=(REWORDED, LAST), fits=True),
            {"contextual", "last-turn"},
        ),
        (
            Conversation(stored=("I have 2 cars", LAST), asked=("I have 3 cars", LAST), fits=False),
            {"last-turn"},
        ),
        (
            Conversation(
                stored=(OPENING, LAST),
                asked=(OPENING, LAST),
                fits=False,
                answers=("Every year.",),
                asked_answers=("Ask your garage.",),
            ),
            {"last-turn"},
        ),
        (
            Conversation(stored=(OPENING, LAST), asked=(OPENING, LAST), fits=True),
            {"exact", "contextual", "last-turn"},
        ),
    ],
    ids=["reworded", "another number", "another answer", "the same"],
)
def test_each_way_serves_what_it_can_know(
    one: Conversation, ways: set[str], vectorizer: Vectorizer
) -> None:
    assert {way for way, hit in served(one, vectorizer).items() if hit} == ways


def test_the_projects_own_conversations_are_should_hits_and_traps_of_many_kinds() -> None:
    known = datasets.read(None).conversations["conversations"]
    kinds = Counter(one.kind for one in known)

    assert len(known) >= 150
    assert sum(one.fits for one in known) >= 50
    assert min(kinds.values()) >= 10
    assert all(len(one.stored) == len(one.asked) >= 2 for one in known)
    assert len({(one.stored, one.asked, one.answers) for one in known}) == len(known)


def test_a_context_is_asked_after_the_same_answer_and_after_another_ones() -> None:
    rows: list[dict[str, Any]] = [
        {"turns": ["a", "b"], "turns_dup": ["A", "B"], "answers": ["x", "y"]},
        {"turns": ["c", "d"], "turns_dup": None, "answers": ["z", "w"]},
    ]
    duplicate, moved, _ = datasets._context(rows)  # noqa: SLF001 - what it makes of the file

    assert (duplicate.asked, duplicate.answers, duplicate.asked_answers) == (
        ("A", "B"),
        ("x",),
        ("x",),
    )
    assert (moved.asked, moved.answers, moved.asked_answers) == (("c", "b"), ("x",), ("z",))
