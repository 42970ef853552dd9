from pathlib import Path

from embeddings.encoders import cross, tuning
from embeddings.encoders.base import CrossEncoder
from embeddings.encoders.cross import SentenceCrossEncoder
from embeddings.encoders.hashing import HashingCrossEncoder
from embeddings.errors import EmbeddingsError
from semcache import conf
from semcache.errors import ConfigurationError
from semcache.levels import held_out, verifier
from semcache.levels.second_look import NoSecondLook, SecondLook
from semcache.levels.training import Progress, Training
from semcache.levels.verifier import Report
from semcache.wiring import encoders, vendors

_FAKE_LEAST = 0.8
"""What the fake's cosine must exceed, whatever the bound; nobody has measured it."""


def build(settings: conf.Conf) -> SecondLook | NoSecondLook:
    """Build the second look of SEMCACHE_CROSS_ENCODER; one that never looks where that is empty.

    Raises:
        ConfigurationError: it names no cross-encoder, or one that has not been shown to help.
    """
    kind, _, rest = settings.cross_encoder.partition(":")
    if not settings.cross_encoder:
        return NoSecondLook()
    if kind == "hashing" and not rest:
        return _look(HashingCrossEncoder(), _fake(), settings)
    if kind == "sentence" and rest:
        report = _proven(Path(rest), unproven_too=settings.cross_encoder_unproven)
        try:
            encoder = SentenceCrossEncoder(model=rest, threads=settings.encoder_threads)
        except EmbeddingsError as error:
            raise ConfigurationError(f"SEMCACHE_CROSS_ENCODER: {error}") from error
        return _look(encoder, report, settings)
    raise ConfigurationError(
        f"SEMCACHE_CROSS_ENCODER is empty, hashing or sentence:DIR, not {settings.cross_encoder!r}."
    )


def _look(encoder: CrossEncoder, report: Report, settings: conf.Conf) -> SecondLook:
    return SecondLook(encoder=encoder, report=report, zone=settings.gray_zone)


def _proven(folder: Path, *, unproven_too: bool) -> Report:
    """Read the report beside the weights, and see that it speaks of them, and for them."""
    if not (folder / cross.REPORT).is_file():
        raise ConfigurationError(
            f"SEMCACHE_CROSS_ENCODER=sentence:{folder}: there is no {cross.REPORT}, so nobody has "
            "measured it. Train one with `manage.py train_verifier --out DIR`, or measure this one "
            f"as it is with `manage.py train_verifier --base {folder} --epochs 0 --out DIR`; then "
            "set sentence:DIR."
        )
    try:
        report = verifier.parse((folder / cross.REPORT).read_bytes())
    except ConfigurationError as error:
        raise ConfigurationError(f"SEMCACHE_CROSS_ENCODER=sentence:{folder}: {error}") from error
    if report.weights != cross.content(folder):
        raise ConfigurationError(
            f"SEMCACHE_CROSS_ENCODER=sentence:{folder}: its {cross.REPORT} speaks of other "
            "weights. Run `manage.py train_verifier` again."
        )
    if not (report.beats or unproven_too):
        raise ConfigurationError(
            f"SEMCACHE_CROSS_ENCODER=sentence:{folder}: on {report.held_out} held-out pairs it was "
            "no better than the pair model in use. Leave the setting empty, train it on more "
            "pairs, or set SEMCACHE_CROSS_ENCODER_UNPROVEN=yes to use it all the same."
        )
    return report


def _fake() -> Report:
    """Make up a report for the fake; its scores stay as they are."""
    return Report(
        weights="hashing",
        base="hashing",
        made_at="",
        seed=0,
        epochs=0,
        sources={},
        trained_on=0,
        held_out=0,
        rows=(),
        steepness=1.0,
        level=0.0,
        thresholds=tuple((max_error, _FAKE_LEAST) for max_error in held_out.MAX_ERRORS),
        beats=False,
    )


def training(settings: conf.Conf, *, progress: Progress) -> Training:
    """Build what trains a cross-encoder and reports on it."""
    return Training(
        encoder=encoders.build(settings, vendors.models(settings)),
        tune=tuning.tune,
        load=lambda model: SentenceCrossEncoder(model=model),
        content=cross.content,
        report=cross.REPORT,
        zone=settings.gray_zone,
        progress=progress,
    )
