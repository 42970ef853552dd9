from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semcache import keys
from semcache.levels import record
from semcache.providers import usages
from semcache.types.answer import Answer, Hit
from semcache.types.usage import Usage

times = st.floats(0, 1e11)
answers = st.builds(
    Answer,
    entry_id=st.integers(0, 2**63 - 1),
    handle=st.binary(max_size=8).map(lambda name: keys.handle(name, salt=b"salt")),
    body=st.binary(max_size=200).map(lambda inner: b"{" + inner + b"}"),
    created_at=times,
    expires_at=times,
    cost_usd=st.none() | st.floats(0, 1e6),
    usage=st.builds(
        Usage,
        prompt_tokens=st.integers(0, 2**31 - 1),
        completion_tokens=st.integers(0, 2**31 - 1),
    ),
)
hits = st.builds(
    Hit,
    level=st.just("exact"),
    answer=answers,
    similarity=st.none() | st.floats(-1, 1),
    probability=st.none() | st.floats(0, 1),
)
HIT = Hit(
    level="exact",
    answer=Answer(
        entry_id=7,
        handle=keys.handle(b"name", salt=b"salt"),
        body=b'{"id": "x"}',
        created_at=1.5,
        expires_at=2.5,
        cost_usd=None,
        usage=Usage(prompt_tokens=1, completion_tokens=2),
    ),
)


@given(hit=hits)
def test_a_record_reads_back_as_it_was_written(hit: Hit) -> None:
    assert record.decode(record.encode(hit)) == hit


def test_what_a_deeper_level_found_is_an_exact_hit_from_here_on_and_says_how_sure_it_was() -> None:
    known = replace(HIT, similarity=0.97, probability=0.995)

    assert record.decode(record.encode(replace(known, level="semantic"))) == known


def test_an_unknown_cost_does_not_become_nothing() -> None:
    read = record.decode(record.encode(HIT))
    free = record.decode(record.encode(replace(HIT, answer=replace(HIT.answer, cost_usd=0.0))))

    assert read is not None
    assert read.answer.cost_usd is None
    assert free is not None
    assert free.answer.cost_usd == 0.0


@pytest.mark.parametrize("version", [0, 1, 255])
def test_another_versions_record_is_a_miss(version: int) -> None:
    data = record.encode(HIT)

    assert record.decode(bytes([version]) + data[1:]) is None


def test_a_record_cut_anywhere_is_a_miss() -> None:
    whole = record.encode(HIT)

    assert not [size for size in range(len(whole)) if record.decode(whole[:size])]


@given(data=st.binary(max_size=200))
def test_damaged_bytes_are_a_miss_or_a_hit_and_never_an_error(data: bytes) -> None:
    for written in (data, record.encode(HIT)[:1] + data + b"}"):
        found = record.decode(written)

        assert found is None or found.level == "exact"


def test_counts_no_provider_can_mean_do_not_break_the_record() -> None:
    usage = usages.read({"prompt_tokens": 10**30, "completion_tokens": 2**32})
    hit = replace(HIT, answer=replace(HIT.answer, usage=usage))

    assert record.decode(record.encode(hit)) == hit
