import hashlib

from semcache.levels.verify import pairs


def test_a_pair_has_one_name_in_either_order() -> None:
    assert pairs.name("Is it safe?", "Is it sound?") == pairs.name("Is it sound?", "Is it safe?")


def test_other_pairs_have_other_names() -> None:
    texts = [("a", "b"), ("a", "c"), ("a", "a"), ("ab", ""), ("", "ab"), ("b", "b"), ("A", "b")]

    assert len({pairs.name(*pair) for pair in texts}) == len(texts) - 1


def test_a_name_is_what_the_database_computes() -> None:
    # The lesser first by bytes, as Postgres compares bytea: "Z" before "a" before "ä".
    assert pairs.name("ä", "Z") == hashlib.sha256("Z\x1fä".encode()).digest()
    assert len(pairs.name("", "")) == 32
