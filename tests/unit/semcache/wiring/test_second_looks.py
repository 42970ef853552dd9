from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from embeddings.encoders import cross
from semcache import conf
from semcache.errors import ConfigurationError
from semcache.levels import verifier
from semcache.levels.second_look import NoSecondLook, SecondLook
from semcache.levels.verifier import Report
from semcache.wiring import second_looks
from tests import models


def build(said: str, *, unproven: bool = False) -> SecondLook | NoSecondLook:
    settings = replace(conf.load(), cross_encoder=said, cross_encoder_unproven=unproven)
    return second_looks.build(settings)


def message(said: str, *, unproven: bool = False) -> str:
    with pytest.raises(ConfigurationError, match="SEMCACHE_CROSS_ENCODER") as caught:
        build(said, unproven=unproven)
    return caught.value.message


@pytest.fixture
def measured(tmp_path: Path) -> Callable[..., str]:
    """Write a folder with a report, and no weights that anyone could load."""

    def write(**changed: Any) -> str:
        (tmp_path / "config.json").write_text("{}")
        report = Report(
            weights=cross.content(tmp_path),
            base="",
            made_at="",
            seed=1,
            epochs=1,
            sources={},
            trained_on=140,
            held_out=60,
            rows=(),
            steepness=1.0,
            level=0.0,
            thresholds=(),
            beats=True,
        )
        changed_report = msgspec.structs.replace(report, **changed)
        (tmp_path / cross.REPORT).write_bytes(verifier.write(changed_report))
        return f"sentence:{tmp_path}"

    return write


def test_without_the_setting_there_is_no_second_look() -> None:
    assert isinstance(build(""), NoSecondLook)


async def test_the_fake_works_without_a_report() -> None:
    look = build("hashing")
    assert isinstance(look, SecondLook)
    await look.warm()
    look.close()


@pytest.mark.parametrize("said", ["bert", "sentence", "sentence:", "hashing:5", "onnx"])
def test_what_names_no_cross_encoder_is_refused(said: str) -> None:
    assert repr(said) in message(said)


@pytest.mark.parametrize("model", ["cross-encoder/some-model", "/nowhere", "."])
def test_one_that_nobody_has_measured_is_refused_and_told_how(model: str) -> None:
    assert f"train_verifier --base {model} --epochs 0" in message(f"sentence:{model}")


def test_one_that_was_no_better_is_refused_unless_that_is_known(
    measured: Callable[..., str],
) -> None:
    said = measured(beats=False)

    assert "on 60 held-out pairs it was no better" in message(said)
    assert "SEMCACHE_CROSS_ENCODER_UNPROVEN=yes" in message(said)
    assert "cannot load" in message(said, unproven=True), "it goes as far as the weights"


def test_a_report_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / cross.REPORT).write_text("{}")

    assert "no report of train_verifier" in message(f"sentence:{tmp_path}")


def test_a_report_of_other_weights_is_refused_whatever_is_known(
    measured: Callable[..., str],
) -> None:
    assert "speaks of other weights" in message(measured(weights="00000000"), unproven=True)


@models.installed
def test_one_that_was_better_is_built(tmp_path: Path, measured: Callable[..., str]) -> None:
    folder = models.tiny(tmp_path / "m", words=("a", "b"))
    measured()
    report = verifier.parse((tmp_path / cross.REPORT).read_bytes())
    own = msgspec.structs.replace(report, weights=cross.content(folder))
    (folder / cross.REPORT).write_bytes(verifier.write(own))

    look = build(f"sentence:{folder}")

    assert isinstance(look, SecondLook)
    look.close()
