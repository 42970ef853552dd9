"""Streams and what is learned on their way, conversations, and another cache's word."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from benchmarks.errors import CannotRunError
from benchmarks.quality import (
    check,
    conversations,
    datasets,
    drift,
    policies,
    ruling,
    runs,
    streams,
    trial,
)
from benchmarks.quality.datasets import Conversation, Data, Pair, Query
from benchmarks.quality.labels import Labels
from benchmarks.quality.policies import Choice
from benchmarks.quality.streams import Stream
from benchmarks.quality.trial import Book, Settings, Trial
from benchmarks.quality.vectors import Vectorizer
from benchmarks.quality.weighing import Misses, Request
from embeddings.encoders.hashing import HashingEncoder

GROUPS = ("reset my password", "open an account", "order a new card", "close the old branch")
WORDS = ("please", "now", "today", "quickly", "again", "somehow")
RULE = ruling.bounded(0.01, audit_share=0.02)


def queries() -> list[Query]:
    """Four groups of six texts that share most words."""
    return [
        Query(text=f"how do I {group} {word}", group=group) for group in GROUPS for word in WORDS
    ]


@pytest.fixture
def vectorizer(tmp_path: Path) -> Vectorizer:
    return Vectorizer(HashingEncoder(), folder=tmp_path / "vectors")


def stream(asked: list[Query], vectorizer: Vectorizer) -> Stream:
    return Stream(
        name="some",
        queries=tuple(asked),
        vectors=vectorizer.encode([one.text for one in asked]),
        signatures=streams.answers(asked, reworded=False),
    )


class Drawn:
    """Serves nothing, and has every other request drawn."""

    def __init__(self) -> None:
        self.learned: list[int] = []
        self._turn = False

    def choose(self, request: Request, *, chance: float) -> Choice:
        return Choice(hit=False)

    def draws(self, *, chance: float) -> bool:
        self._turn = not self._turn
        return self._turn

    def learn(self, request: Request, choice: Choice) -> None:
        self.learned.append(request.place)


def test_a_policy_learns_of_drawn_requests_only(vectorizer: Vectorizer) -> None:
    policy = Drawn()

    became = runs.run(
        policy, Misses(stream(queries()[:6], vectorizer), rule=RULE), title="", seed=1
    )

    assert policy.learned == [0, 2, 4]
    assert became.drawn.tolist() == [True, False] * 3


def test_only_misses_are_stored_where_that_is_asked(vectorizer: Vectorizer) -> None:
    class Watching(policies.Static):
        met: ClassVar[list[int]] = []

        def choose(self, request: Request, *, chance: float) -> Choice:
            self.met.append(len(request.weighed))
            return super().choose(request, chance=chance)

    asked = [queries()[0]] * 3 + [queries()[6]]
    store = Misses(stream(asked, vectorizer), rule=RULE)
    became = runs.run(Watching(0.99), store, title="", seed=1)

    assert Watching.met[:3] == [0, 1, 1]
    assert became.hit.tolist() == [False, True, True, False]
    assert became.stored.tolist() == [0, 1, 1, 1]


def test_every_figure_of_a_stream_is_noted(vectorizer: Vectorizer) -> None:
    book = Book()
    settings = Settings(max_errors=(0.01,), whole=True)

    Trial("some", settings=settings, seed=1, book=book).run(queries(), vectorizer=vectorizer)

    values = {name: found[0] for name, found in book.values.items()}
    assert values["some.oracle_hits"] == pytest.approx(20 / 24)
    assert values["some.oracle.hits"] == values["some.oracle_hits"]
    assert values["some.oracle.realised_error"] == 0.0
    for policy in ("semcache", "semcache-untuned", "vcache", "best-static", "static-0.80"):
        assert values[f"some.{policy}.hits"] >= values[f"some.{policy}.realised_error"]
    assert values["some.best-static.hits"] == values["some.best-static.hits_at_error_1pct"]
    assert values["some.index_recall_at_1"] == 1.0


def test_the_same_seed_gives_the_same_figures(vectorizer: Vectorizer) -> None:
    def once() -> dict[str, list[float]]:
        book = Book()
        settings = Settings(max_errors=(0.05,), audit_share=0.5)
        Trial("some", settings=settings, seed=7, book=book).run(queries(), vectorizer=vectorizer)
        return {name: found for name, found in book.values.items() if not name.endswith("_ms")}

    assert once() == once()


def test_wrong_hits_make_the_alarm_sound_and_raise_the_floor() -> None:
    labels = Labels()
    for place in range(40):
        labels.add(None, served=True, right=False, threshold=0.9, place=place, max_error=0.01)

    assert labels.alarms
    assert labels.alarms[0] < 10
    assert labels.standing.floor > 0.9


def test_right_hits_sound_no_alarm() -> None:
    labels = Labels()
    for place in range(200):
        labels.add(None, served=True, right=True, threshold=0.9, place=place, max_error=0.01)

    assert not labels.alarms
    assert labels.standing.floor == 0.0


def test_drift_tells_before_from_after(vectorizer: Vectorizer) -> None:
    book = Book()
    pair = Pair(stored="a whale", asked="a big whale", fits=True)
    data = Data(groups={"here": queries()}, pairs={"there": [pair] * datasets.FEW})
    ((first, second),) = drift.plans(data)

    (found,) = drift.run(
        f"{first}-to-{second}",
        data.groups[first],
        drift.queries(data, second, seed=1),
        trained=(first, second),
        settings=Settings(max_errors=(0.01,)),
        seed=1,
        book=book,
        vectorizer=vectorizer,
    )

    assert (found.before.total, found.after.total, found.last.total) == (12, 2, 1)
    assert found.changed_at == 12
    assert "here-to-there.semcache.max_error_1pct.error_before" in book.values


def test_the_main_bound_is_one_percent_or_else_the_lowest() -> None:
    assert Settings().main_error == trial.MAIN_ERROR == 0.01
    assert Settings(max_errors=(0.02, 0.05)).main_error == 0.02


def test_equal_last_turns_in_other_conversations_are_not_served_under_exact(
    vectorizer: Vectorizer,
) -> None:
    trap = Conversation(
        stored=("my order is late", "cancel it"), asked=("my lamp broke", "cancel it"), fits=False
    )
    same = Conversation(stored=("hello", "cancel it"), asked=("hello", "cancel it"), fits=True)

    found = conversations.judge([trap, same], name="some", vectorizer=vectorizer)

    assert [one.served for one in found["exact"]] == [False, True]
    assert [one.served for one in found["last-turn"]] == [True, True]


def test_another_cache_is_asked_about_each_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "some_cache.py").write_text(
        "def equal(stored, asked):\n    return stored == asked\n"
        "async def slowly(stored, asked):\n    return stored == asked\n"
        "def broken(stored, asked):\n    raise ValueError('no')\n"
    )
    asked = [Pair(stored="a", asked="a", fits=True), Pair(stored="a", asked="b", fits=False)]

    for name in ("equal", "slowly"):
        assert check.ask(check.load(f"some_cache:{name}"), asked, name="some") == [True, False]
    with pytest.raises(CannotRunError, match="ValueError: no"):
        check.ask(check.load("some_cache:broken"), asked, name="some")


@pytest.mark.parametrize("name", ["json", "no_such_module:f", "json:nothing", ":f"])
def test_what_cannot_be_checked_is_refused_by_name(name: str) -> None:
    with pytest.raises(CannotRunError, match="--check"):
        check.load(name)


def test_chances_are_the_same_for_every_policy(vectorizer: Vectorizer) -> None:
    seen: list[list[float]] = []

    class Chances(Drawn):
        def __init__(self) -> None:
            super().__init__()
            seen.append([])

        def draws(self, *, chance: float) -> bool:
            seen[-1].append(chance)
            return False

    def go(seed: int) -> Any:
        store = Misses(stream(queries()[:4], vectorizer), rule=RULE)
        return runs.run(Chances(), store, title="", seed=seed)

    go(1), go(1), go(2)

    assert seen[0] == seen[1] != seen[2]
