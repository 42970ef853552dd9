from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests import strategies
from tests.strategies import unhurried
from warmers import planner
from warmers.sources.base import Prompt


def prompt(*messages: dict[str, Any], where: str = "f:1") -> Prompt:
    return Prompt(messages=messages, where=where)


def test_a_prompt_that_was_asked_already_is_dropped_and_the_order_stays() -> None:
    hi, you = prompt({"role": "user", "content": "Hi"}), prompt({"role": "user", "content": "you"})
    again = prompt({"content": "Hi", "role": "user"}, where="f:9")

    assert list(planner.plan([you, hi, again, you])) == [you, hi]


def test_prompts_that_differ_in_anything_are_all_asked() -> None:
    asked = [
        prompt({"role": "user", "content": "Hi"}),
        prompt({"role": "user", "content": "hi"}),
        prompt({"role": "system", "content": "Hi"}),
        prompt({"role": "user", "content": "Hi"}, {"role": "user", "content": "Hi"}),
        prompt(),
    ]

    assert list(planner.plan(asked)) == asked


messages = st.dictionaries(st.sampled_from(["role", "content", "name"]), strategies.values)
prompts = st.lists(st.lists(messages, max_size=2).map(lambda said: prompt(*said)), max_size=6)


@unhurried
@given(asked=prompts)
def test_a_plan_of_a_plan_is_the_plan_and_loses_nothing(asked: list[Prompt]) -> None:
    planned = list(planner.plan(asked))

    assert list(planner.plan(planned)) == planned
    assert all(one in planned for one in asked)
