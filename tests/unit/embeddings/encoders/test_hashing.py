import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import embeddings
from embeddings import similarity
from embeddings.encoders.hashing import HashingEncoder


def test_another_process_gets_the_same_vector() -> None:
    """Python's own hash() is salted per process; ours must not be."""
    program = (
        "from embeddings.encoders.hashing import HashingEncoder\n"
        "print(HashingEncoder().encode(['reset my password']).tobytes().hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(embeddings.__file__).parents[1],
        env={"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )

    mine = HashingEncoder().encode(["reset my password"])
    assert done.stdout.strip() == mine.tobytes().hex()


def test_case_and_width_of_letters_do_not_matter() -> None:
    plain, other = HashingEncoder().encode(["Reset my password", "\uff32ESET MY password"])

    np.testing.assert_array_equal(plain, other)


def test_different_emoji_are_different_texts() -> None:
    party, sad = HashingEncoder().encode(["\U0001f389", "\U0001f622"])

    assert similarity.cosine(party, sad) < 0.5


@pytest.mark.parametrize("dimension", [1, 7, 1024])
def test_any_dimension_will_do(dimension: int) -> None:
    encoder = HashingEncoder(dimension=dimension)

    rows = encoder.encode(["reset my password", ""])

    similarity.check_rows(rows, dimension=dimension)
    assert str(dimension) in encoder.name


def test_a_dimension_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="dimension"):
        HashingEncoder(dimension=0)
