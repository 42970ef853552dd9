"""Questions to ask, and the same in other words."""

import gzip
import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from benchmarks.errors import CannotRunError

QUESTIONS = Path(__file__).with_name("questions.jsonl")
OPENINGS = (
    *("", "Hi! ", "Hello, ", "Quick question: ", "Question: ", "A question: ", "Tell me: "),
    *("Please tell me: ", "Please answer: ", "Help me, please: ", "I was wondering: ", "Hey, "),
    *("So, ", "Well, ", "Okay, ", "I have a question. ", "I would like to know: "),
)
CLOSINGS = (
    *("", " Thanks!", " Thank you.", " Please.", " Thanks in advance.", " Many thanks!"),
    *(" Cheers!", " Thank you very much.", " Please explain.", " Please help.", " I am curious."),
    *(" Much appreciated.", " Tell me, please.", " Thank you so much!"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question and texts that ask for the same answer in other words."""

    text: str
    paraphrases: tuple[str, ...]


def builtin() -> list[Question]:
    """Read the questions that come with the benchmarks; a person wrote the paraphrases."""
    rows = map(json.loads, QUESTIONS.read_text(encoding="utf-8").splitlines())
    return [Question(text=row["text"], paraphrases=tuple(row["paraphrases"])) for row in rows]


def chat(folder: Path) -> list[Question]:
    """Read `prompts_chat.jsonl.gz` of a data folder; politeness stands in for paraphrases.

    Raises:
        CannotRunError: The folder has no such file.
    """
    path = folder / "prompts_chat.jsonl.gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines if line.strip()]
    except OSError as error:
        raise CannotRunError(f"{path} cannot be read: {error.strerror or error}") from error
    return [
        Question(text=text, paraphrases=(f"Please answer: {text}", f"{text}\nThank you."))
        for text in dict.fromkeys(texts)
    ]


def in_other_words(texts: list[str], *, seed: int) -> Iterator[str]:
    """Yield each text with each opening and closing once, shuffled; none equals its text.

    These keep a cosine of 0.93 to 0.99 to the text under all-MiniLM-L6-v2, so that a semantic
    level finds them at a threshold of 0.9.
    """
    dresses = [(opening, closing) for opening, closing in product(OPENINGS, CLOSINGS)][1:]
    every = [(opening, text, closing) for text in texts for opening, closing in dresses]
    random.Random(seed).shuffle(every)
    for opening, text, closing in every:
        yield f"{opening}{text}{closing}"


def variants(texts: list[str], *, count: int) -> list[str]:
    """Make `count` distinct prompts out of fewer texts."""
    readers = ("", " Answer a child.", " Answer an expert.", " Answer in one sentence.")
    every = [f"{text}{reader}" for reader in readers for text in texts]
    if count > len(every):
        raise CannotRunError(f"there are {len(every)} distinct prompts, not {count}")
    return every[:count]


def unheard(*, count: int, seed: int) -> list[str]:
    """Make prompts that nobody has asked and that resemble no other: twelve random words each.

    Each call draws others, whatever the seed: what an earlier run asked is in the cache by now.
    Any two of 2,000 have a cosine below 0.88 under all-MiniLM-L6-v2.
    """
    words = sorted({word for question in builtin() for word in question.text.split()})
    draw = random.Random(f"{seed} {uuid.uuid4()}")
    made: set[str] = set()
    while len(made) < count:
        made.add(" ".join(draw.sample(words, 12)))
    return sorted(made)
