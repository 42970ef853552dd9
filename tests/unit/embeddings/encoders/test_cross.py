import sys
from pathlib import Path

import pytest

from embeddings.encoders import cross, tuning
from embeddings.encoders.cross import SentenceCrossEncoder
from embeddings.errors import EncoderError, EncoderMissingError
from tests import models

WORDS = ("red", "blue", "cat", "dog")
SAME = [("red cat", "red cat"), ("blue dog", "blue dog"), ("red dog", "red dog")]
OTHER = [("red cat", "blue dog"), ("blue dog", "red dog"), ("red dog", "blue cat")]


def test_without_the_library_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    with pytest.raises(EncoderError, match="make sentence"):
        SentenceCrossEncoder(model="all-MiniLM-L6-v2")


@models.installed
def test_a_model_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(EncoderMissingError, match="nobody/no-such-model"):
        SentenceCrossEncoder(model="nobody/no-such-model")


@models.installed
def test_a_model_that_answers_several_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissingError, match="cannot load"):
        SentenceCrossEncoder(model=str(models.tiny(tmp_path / "m", words=WORDS, scores=3)))


@models.installed
def test_the_weights_have_another_name_after_training_but_not_after_a_report(
    tmp_path: Path,
) -> None:
    base = models.tiny(tmp_path / "base", words=WORDS)
    tuned = tmp_path / "tuned"
    steps: list[tuple[int, int]] = []
    tuning.tune(
        str(base),
        tuned,
        pairs=[*SAME, *OTHER],
        right=[True] * 3 + [False] * 3,
        epochs=2,
        seed=1,
        progress=lambda done, of: steps.append((done, of)),
    )
    before = cross.content(tuned)
    (tuned / cross.REPORT).write_text("{}")

    assert steps == [(1, 2), (2, 2)]
    assert cross.content(tuned) == before != cross.content(base)
    assert SentenceCrossEncoder(model=str(tuned)).name.endswith(f"@{before}")


@models.installed
def test_training_moves_the_scores_towards_the_labels(tmp_path: Path) -> None:
    base = str(models.tiny(tmp_path / "base", words=WORDS))

    def after(name: str, *, epochs: int, right: bool) -> float:
        tuning.tune(
            base,
            tmp_path / name,
            pairs=[*SAME, *OTHER],
            right=[right] * 6,
            epochs=epochs,
            seed=1,
            progress=lambda *_: None,
        )
        return float(SentenceCrossEncoder(model=str(tmp_path / name)).score(SAME).mean())

    before = float(SentenceCrossEncoder(model=base).score(SAME).mean())

    assert after("as it was", epochs=0, right=True) == pytest.approx(before, abs=1e-6)
    assert after("right", epochs=20, right=True) > before + 1e-4
    assert after("wrong", epochs=20, right=False) < before - 1e-4


@models.installed
def test_it_computes_with_as_many_threads_as_it_is_given(tmp_path: Path) -> None:
    import torch  # noqa: PLC0415 - seconds

    model, before = str(models.tiny(tmp_path / "m", words=WORDS)), torch.get_num_threads()
    try:
        SentenceCrossEncoder(model=model, threads=before + 1)
        assert torch.get_num_threads() == before + 1
        SentenceCrossEncoder(model=model)
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)
