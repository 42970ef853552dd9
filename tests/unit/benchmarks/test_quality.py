"""The quality benchmark: what it counts, on data small enough to count by hand."""

import gzip
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.errors import CannotRunError
from benchmarks.quality import datasets, metrics, neighbors, pairs, plots, streams, tables, vectors
from benchmarks.quality.datasets import Pair, Query
from benchmarks.quality.metrics import Share
from benchmarks.quality.pairs import Judged
from benchmarks.quality.runs import Run
from embeddings import similarity
from embeddings.encoders.hashing import HashingEncoder
from embeddings.types import Vectors
from semcache.levels.verify import signature
from semcache.types.decision import Objection


def lines(path: Path, *rows: dict[str, Any]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def run_of(scores: list[float], right: list[bool], hit: list[bool] | None = None) -> Run:
    served = np.array(hit or [True] * len(scores))
    return Run(
        hit=served,
        wrong=served & ~np.array(right),
        score=np.array(scores),
        right=np.array(right),
        drawn=np.zeros(len(scores), dtype=bool),
        stored=np.arange(len(scores)),
    )


def judged(*, fits: bool, served: bool, probability: float = 0.5, vetoes: str = "") -> Judged:
    return Judged(
        pair=Pair(stored="a", asked="b", fits=fits),
        served=served,
        similarity=0.9,
        probability=probability,
        threshold=0.5,
        objections=tuple(Objection(veto=name, reason="so") for name in vetoes.split()),
    )


def test_the_projects_own_pairs_are_read_without_any_data() -> None:
    contrast = datasets.read(None).pairs["contrast"]

    assert sum(pair.fits for pair in contrast) >= 400
    assert sum(not pair.fits for pair in contrast) >= 400


def test_a_folder_adds_its_sets_by_their_form(tmp_path: Path) -> None:
    lines(tmp_path / "pairs_some.jsonl.gz", {"a": "x", "b": "y", "label": 1})
    lines(tmp_path / "groups_many.jsonl.gz", {"text": "q", "group": "oos"})
    turns = {"turns": ["first", "second"], "turns_dup": None}
    lines(tmp_path / "context_two.jsonl.gz", turns, {**turns, "turns": ["other", "second"]})

    data = datasets.read(tmp_path, names=["some", "many", "two"])

    assert data.pairs["some"] == [Pair(stored="x", asked="y", fits=True)]
    assert data.groups["many"][0].group == "oos#0"
    (moved, _) = data.conversations["two"]
    assert (moved.stored, moved.asked, moved.fits) == (
        ("first", "second"),
        ("other", "second"),
        False,
    )


def test_texts_of_pairs_that_fit_share_a_group() -> None:
    told = [("a", "b", True), ("b", "c", True), ("c", "d", False)]
    found = datasets.grouped([Pair(stored=a, asked=b, fits=fits) for a, b, fits in told])

    groups = {one.text: one.group for one in found}
    assert groups["a"] == groups["b"] == groups["c"] != groups["d"]


def test_sets_with_few_rows_are_measured_only_where_they_are_named(tmp_path: Path) -> None:
    lines(tmp_path / "groups_few.jsonl.gz", {"text": "q", "group": "g"})

    assert "few" not in datasets.read(tmp_path).groups
    assert "few" in datasets.read(tmp_path, names=["few"]).groups


@pytest.mark.parametrize(
    ("names", "told"),
    [(["nothing"], "there are contrast"), (None, "holds no pairs_")],
    ids=["unknown set", "empty folder"],
)
def test_missing_data_is_named_with_what_to_do(
    tmp_path: Path, names: list[str] | None, told: str
) -> None:
    folder = None if names else tmp_path
    with pytest.raises(CannotRunError, match=told):
        datasets.read(folder, names=names)


class Counting(HashingEncoder):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode(self, texts: Any) -> Vectors:
        self.asked += texts
        return super().encode(texts)


def test_a_text_is_encoded_once_ever(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    rows = vectors.Vectorizer(first, folder=tmp_path).encode(["b", "a", "b"])

    again = vectors.Vectorizer(second, folder=tmp_path).encode(["a", "b", "new"])

    assert sorted(first.asked) == ["a", "b"]
    assert second.asked == ["new"]
    np.testing.assert_array_equal(again[:2], rows[[1, 0]])


def test_a_file_that_was_cut_short_is_read_as_far_as_it_is_whole(tmp_path: Path) -> None:
    vectors.Vectorizer(Counting(), folder=tmp_path).encode(["a", "bb"])
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-7])
    encoder, last = Counting(), Counting()

    mended = vectors.Vectorizer(encoder, folder=tmp_path).encode(["a", "bb"])

    assert encoder.asked == ["bb"]
    again = vectors.Vectorizer(last, folder=tmp_path).encode(["a", "bb"])
    assert last.asked == []
    np.testing.assert_array_equal(again, mended)


def test_neighbors_are_the_nearest_of_those_before() -> None:
    draw = np.random.default_rng(1)
    rows = similarity.normalize(draw.normal(size=(1200, 16)).astype(np.float32))

    found = neighbors.before(rows, k=3)

    assert found.of(0) == []
    assert [place for place, _ in found.of(2)] == sorted(
        range(2), key=lambda place: -float(rows[place] @ rows[2])
    )
    for place in (700, 1199):
        cosines = rows[:place] @ rows[place]
        assert [near for near, _ in found.of(place)] == np.argsort(-cosines)[:3].tolist()


def test_the_flat_part_of_the_index_loses_nothing() -> None:
    draw = np.random.default_rng(2)
    rows = similarity.normalize(draw.normal(size=(300, 16)).astype(np.float32))

    assert neighbors.recall_at_1(rows, exact=neighbors.before(rows, k=8)) == 1.0


def test_no_group_is_both_tuned_on_and_reported() -> None:
    queries = [
        Query(text=f"{group} {place}", group=str(group)) for group in range(9) for place in range(4)
    ]

    tune, report = streams.halves(queries, seed=3)

    assert {one.group for one in tune} & {one.group for one in report} == set()
    assert sorted(map(str, tune + report)) == sorted(map(str, queries))
    assert (tune, report) == streams.halves(queries, seed=3) != streams.halves(queries, seed=4)


def test_answers_agree_within_a_group_and_not_across() -> None:
    queries = [Query(text="", group=group) for group in ("x", "x", "y")]
    same, other, foreign = streams.answers(queries, reworded=True)

    assert same != other
    agreed = [signature.agreement(same, one) or 0.0 for one in (other, foreign)]
    assert agreed[0] > agreed[1] + 0.2
    assert len(set(streams.answers(queries, reworded=False))) == 2


def test_hits_at_an_error_come_from_the_best_threshold_and_not_from_part_of_a_tie() -> None:
    run = run_of([0.9, 0.8, 0.7, 0.7, 0.6, np.nan], [True, True, True, False, True, False])

    curve = metrics.curve(run)

    assert curve.hits_at(0.0) == pytest.approx(2 / 6)
    assert curve.threshold_at(0.0) == 0.8
    assert curve.hits_at(1 / 6) == pytest.approx(5 / 6)


def test_errors_are_shares_of_all_requests_and_of_hits() -> None:
    run = run_of([0.9] * 4, [True, False, True, True], hit=[True, True, False, False])

    assert metrics.errors(run).value == 0.25
    assert metrics.errors_of_hits(run).value == 0.5
    assert metrics.errors(run).exact.high > metrics.errors(run).wilson.high > 0.25


def test_pairs_are_counted_by_label() -> None:
    found = pairs.served(
        [
            judged(fits=True, served=True),
            judged(fits=True, served=False),
            judged(fits=False, served=False),
        ]
    )

    assert found.should == Share(count=1, total=2)
    assert found.traps == Share(count=0, total=1)


def test_a_veto_is_right_on_a_trap_and_wrong_on_a_paraphrase() -> None:
    found = pairs.vetoes(
        [
            judged(fits=False, served=False, vetoes="numbers"),
            judged(fits=False, served=False, vetoes="numbers negation"),
            judged(fits=True, served=False, vetoes="negation"),
        ]
    )

    assert (found["numbers"].rightly, found["numbers"].alone_rightly) == (2, 1)
    assert (found["negation"].rightly, found["negation"].wrongly) == (1, 1)
    assert found["negation"].examples == ["a | b: so"]


def test_other_peoples_texts_are_not_copied_into_a_report() -> None:
    known = [judged(fits=True, served=False, vetoes="numbers")]

    def told(name: str) -> str:
        return "".join(sheet.markdown() for sheet in tables.of_pairs(name, known))

    assert "a | b: so" in told("contrast")
    assert "b: so" not in told("elsewhere")


def test_should_hits_at_traps_stop_before_one_trap_too_many() -> None:
    scored = [
        judged(fits=True, served=False, probability=0.9),
        judged(fits=False, served=False, probability=0.8),
        judged(fits=True, served=False, probability=0.7),
        judged(fits=False, served=False, probability=0.6),
    ]

    assert pairs.at_traps(scored, lambda one: one.probability, share=0.0) == 0.5
    assert pairs.at_traps(scored, lambda one: one.probability, share=0.5) == 1.0


def test_a_chart_is_well_formed_and_leaves_out_what_lies_beyond_it() -> None:
    x = plots.Axis(title="a < b", high=0.1)
    drawn = plots.chart(
        "t",
        x=x,
        y=plots.Axis(title="y", high=1.0),
        series=[plots.Series(name="s", points=[(0.0, 0.0), (0.05, 0.5), (0.5, 0.9)])],
    )

    svg = ET.fromstring(drawn)  # noqa: S314 - we drew it
    paths = [path.get("d", "") for path in svg.iter("{http://www.w3.org/2000/svg}path")]
    assert x.ticks() == pytest.approx([0.0, 0.02, 0.04, 0.06, 0.08, 0.1])
    assert [path.count("L") for path in paths if "L" in path] == [1]
