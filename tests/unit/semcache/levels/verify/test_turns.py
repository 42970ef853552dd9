"""Two conversations side by side."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.quality import ruling
from semcache.levels.verify import references, turns
from semcache.levels.verify.turns import Talk
from semcache.types.decision import Candidate, Decision
from semcache.types.key import TURN

RULE = replace(ruling.usual("What is the capital of France?"), decider="static", threshold=0.8)
REPLY = "Paris is the capital, and it lies on the river Seine in the north of the country."
AGREES = f"{REPLY} Lovely."
OTHER = "Bread is made of flour, water, salt and yeast, and takes about three hours."


def talk(*said: str, replies: Sequence[str] = (REPLY,)) -> Talk:
    return Talk(turns=said, answers=turns.pack(replies))


def candidate(
    entry_id: int, *said: str, replies: Sequence[str] = (REPLY,), alike: float = 0.95
) -> Candidate:
    return Candidate(
        entry_id=entry_id, text=TURN.join(said), similarity=alike, answers=turns.pack(replies)
    )


def decide(asked: Talk, *near: Candidate, literally: bool = False, alike: float = 0.9) -> Decision:
    """Decide, with turns that differ all equally alike."""
    against = turns.oppose(asked, near, rule=RULE, literally=literally)
    texts = {text for one in near for text in (*asked.turns, *one.text.split(TURN))}
    towards = np.sqrt(1 - alike)
    vectors = {}
    for place, text in enumerate(sorted(texts)):
        vectors[text] = np.zeros(len(texts) + 1, dtype=np.float32)
        vectors[text][[0, place + 1]] = np.sqrt(alike), towards
    weighed = turns.weigh(asked, near, against=against, vectors=vectors, rule=RULE)
    return turns.settle(weighed, rule=RULE, chance=0.0)


OPENING = "What is the capital city of France?"
REWORDED = "Which city is the capital of France?"
LAST = "How many people live there?"


def test_a_conversation_said_anew_is_served_with_its_weakest_link() -> None:
    found = decide(talk(REWORDED, LAST), candidate(1, OPENING, LAST), alike=0.85)

    assert found.chosen == 0
    (one,) = found.weighed
    assert one.candidate.similarity == pytest.approx(0.85), "of the turn that differs"
    assert one.candidate.text == f"{OPENING}{TURN}{LAST}"
    assert one.reason.startswith(("turn 1 of 2: ", "the conversation as a whole: "))


def test_each_link_has_to_hold_and_the_whole_too() -> None:
    asked = talk(REWORDED, LAST)

    assert decide(asked, candidate(1, OPENING, LAST), alike=0.7).chosen is None
    assert decide(asked, candidate(1, OPENING, LAST, alike=0.7), alike=0.9).chosen is None


@pytest.mark.parametrize(
    ("stored", "asked", "veto", "words"),
    [
        (("I have 2 cats", "Why?"), ("I have 3 cats", "Why?"), "numbers", "turn 1 of 2: "),
        (("I like cats", "Is 1 enough?"), ("I like cats", "Is 2 enough?"), "numbers", "turn 2"),
        (("Shall I?", "Yes, do it"), ("Shall I?", "No, don't do it"), "negation", "turn 2 of 2"),
        (("It is safe", "Why?"), ("It is dangerous", "Why?"), "antonyms", "turn 1 of 2: "),
    ],
)
def test_a_veto_in_any_turn_parts_two_conversations(
    stored: tuple[str, ...], asked: tuple[str, ...], veto: str, words: str
) -> None:
    found = decide(talk(*asked), candidate(1, *stored), alike=0.99)

    assert found.chosen is None
    (one,) = found.weighed
    assert veto in {objection.veto for objection in one.objections}
    assert any(objection.reason.startswith(words) for objection in one.objections)


@pytest.mark.parametrize(
    "turn",
    [
        "Yes, cancel it",
        "What about the second one?",
        "How long does that take?",
        "And in Spanish?",
        "Why?",
        "Go on",
        "In French",
        "Wie viele Menschen leben in der Stadt und was ist das Wahrzeichen?",
    ],
)
def test_turns_that_need_what_was_said_before_are_known(turn: str) -> None:
    assert references.back(turn)


@pytest.mark.parametrize(
    "turn", ["What is the population of Paris?", "How do vaccines protect children from measles?"]
)
def test_turns_that_speak_for_themselves_are_known(turn: str) -> None:
    assert references.back(turn) == ""


def test_what_was_spoken_of_before_is_pointed_back_at() -> None:
    turn = "How often does the plant need water?"

    assert references.back(turn) == ""
    assert references.back(turn, before=["Which plants like the dark?"]) == '"the plant"'
    assert references.back(turn, before=["Which cats like the dark?"]) == ""


def test_a_turn_that_points_back_needs_the_same_answers_to_the_letter() -> None:
    asked = talk(OPENING, LAST, replies=[AGREES])
    found = decide(asked, candidate(1, OPENING, LAST))

    assert [one.veto for one in found.weighed[0].objections] == ["answers"]
    assert 'turn 2 of 2 needs what was said before ("there")' in found.weighed[0].reason
    alone = "What is the population of Paris?"
    same = decide(talk(OPENING, alone, replies=[AGREES]), candidate(1, OPENING, alone))
    assert same.chosen == 0


def test_answers_that_do_not_agree_part_two_conversations() -> None:
    alone = "What is the population of Paris?"
    found = decide(talk(OPENING, alone, replies=[OTHER]), candidate(1, OPENING, alone))

    assert found.chosen is None
    assert found.weighed[0].reason.startswith("earlier answer 1 agrees by 0.")


def test_an_entry_without_answers_is_not_taken_for_a_conversation() -> None:
    stored = replace(candidate(1, OPENING, LAST), answers=b"")

    assert decide(talk(OPENING, LAST), stored).chosen is None


def test_literally_only_the_last_turn_may_differ() -> None:
    asked = talk(OPENING, LAST)
    said_anew = "How many people live in that city?"
    near = [candidate(1, REWORDED, LAST), candidate(2, OPENING, said_anew)]
    found = decide(asked, *near, literally=True)

    assert found.chosen == 1
    assert found.weighed[0].objections == (turns.LETTER,)
    whole = decide(asked, *near)
    assert [one.admitted for one in whole.weighed] == [True, True]
    told = turns.literally(whole.weighed, asked=asked)
    assert [one.objections for one in told] == [(turns.LETTER,), ()]


def test_a_never_match_pair_stays_apart() -> None:
    barred = replace(candidate(1, OPENING, LAST), barred=True)

    assert decide(talk(REWORDED, LAST), barred).weighed[0].objections[0].veto == "never-match"


def test_what_is_encoded_begins_with_the_last_turn() -> None:
    assert turns.standalone(f"a{TURN}b{TURN}c") == "c\nb\na"
    assert turns.standalone("no conversation\nat all") == "no conversation\nat all"


def test_only_turns_that_differ_need_vectors() -> None:
    asked = talk("a", "b", "c")

    assert turns.needed(asked, talk("a", "x", "c")) == {"b", "x"}
    assert turns.needed(asked, asked) == set()
