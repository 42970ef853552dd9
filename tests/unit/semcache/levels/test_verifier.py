import math

import pytest

from semcache.errors import ConfigurationError
from semcache.levels import verifier
from semcache.levels.verifier import Gray, Report, Row, Served

SERVED = Served(traps_share=0.01, right=3, of=9, low=0.1, high=0.7)
REPORT = Report(
    weights="0badcafe",
    base="all-MiniLM-L6-v2",
    made_at="2026-11-23T12:00:00+00:00",
    seed=1,
    epochs=2,
    sources={"labels": 200},
    trained_on=140,
    held_out=60,
    rows=(Row(name="cosine", auc=0.7, served=(SERVED,)),),
    steepness=2.0,
    level=-1.0,
    thresholds=((0.01, 0.9), (0.05, math.nextafter(0.7, 1.0))),
    beats=True,
    gray=(Gray(max_error=0.01, right=3, wrong=2, right_served=1, wrong_served=0, instead=0),),
)


def test_a_report_is_read_as_it_was_written_to_the_last_digit() -> None:
    assert verifier.parse(verifier.write(REPORT)) == REPORT


@pytest.mark.parametrize("said", [b"", b"no", b"{}", b"[]", b'{"weights": 1}'])
def test_what_is_no_report_is_refused(said: bytes) -> None:
    with pytest.raises(ConfigurationError, match="no report of train_verifier"):
        verifier.parse(said)


@pytest.mark.parametrize(
    ("max_error", "least"),
    [(0.001, None), (0.0, None), (0.01, 0.9), (0.02, 0.9), (0.0499, 0.9), (1.0, 0.7)],
)
def test_a_bound_takes_the_threshold_of_the_next_tighter_one(
    max_error: float, least: float | None
) -> None:
    assert REPORT.least(max_error) == (least and pytest.approx(least))


def test_a_score_becomes_a_probability_by_the_curve_of_the_report() -> None:
    assert REPORT.probability(0.5) == pytest.approx(1 / (1 + math.e))
    assert REPORT.probability(0.0) < 1e-9
    assert 1 - REPORT.probability(1.0) < 1e-9
