import gzip
import json
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import prompts
from benchmarks.errors import CannotRunError


def test_every_text_of_the_built_in_set_is_distinct() -> None:
    questions = prompts.builtin()
    texts = [text for q in questions for text in (q.text, *q.paraphrases)]

    assert len(questions) >= 50
    assert len(set(texts)) == len(texts)


def test_the_same_in_other_words_never_repeats_and_never_equals_the_question() -> None:
    texts = [question.text for question in prompts.builtin()]
    dressed = list(islice(prompts.in_other_words(texts, seed=1), 5000))

    assert len({*dressed, *texts}) == 5000 + len(texts)


def test_the_seed_decides_the_order() -> None:
    first, second, other = (
        list(islice(prompts.in_other_words(["a", "b"], seed=seed), 20)) for seed in (1, 1, 2)
    )

    assert first == second != other


def test_variants_are_distinct_and_no_more_than_there_are() -> None:
    texts = [question.text for question in prompts.builtin()]

    assert len(set(prompts.variants(texts, count=300))) == 300
    with pytest.raises(CannotRunError):
        prompts.variants(["one"], count=300)


def test_unheard_prompts_differ_between_runs_of_the_same_seed() -> None:
    first, second = (set(prompts.unheard(count=100, seed=1)) for _ in range(2))

    assert len(first) == 100
    assert not first & second


def test_prompts_of_a_data_folder_are_read_once_each(tmp_path: Path) -> None:
    rows = [{"text": "Why?"}, {"text": "Why?"}, {"text": "How?"}]
    with gzip.open(tmp_path / "prompts_chat.jsonl.gz", "wt") as file:
        file.write("\n".join(map(json.dumps, rows)))

    assert [question.text for question in prompts.chat(tmp_path)] == ["Why?", "How?"]


def test_a_folder_without_the_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRunError, match=str(tmp_path)):
        prompts.chat(tmp_path)
