import pytest

from semcache.levels.support import Seen, supports

FEW = Seen(drawn=10, wrong=0, bound=0.01)
MANY = Seen(drawn=400, wrong=0, bound=0.01)


@pytest.mark.parametrize(
    ("own", "whole", "supported"),
    [
        (MANY, None, True),
        (FEW, None, False),
        (FEW, MANY, True),
        (Seen(drawn=10, wrong=1, bound=0.01), MANY, False),
        (Seen(drawn=400, wrong=1, bound=0.01), None, False),
        (Seen(drawn=600, wrong=1, bound=0.01), None, True),
        (Seen(drawn=10, wrong=0, bound=0.001), MANY, False),
        (Seen(drawn=400, wrong=0, bound=0.0), MANY, False),
        (Seen(drawn=0, wrong=0, bound=0.01), None, False),
    ],
    ids=[
        "enough labels",
        "too few",
        "too few, but the tenant has enough",
        "few, and they speak against it",
        "one wrong is too many",
        "one wrong among many",
        "the tenant's do not reach the tighter bound",
        "no bound is known",
        "nothing is known",
    ],
)
def test_labels_support_whole_conversations_within_the_bound_of_a_place(
    own: Seen, whole: Seen | None, *, supported: bool
) -> None:
    assert supports(own, whole=whole) == supported
