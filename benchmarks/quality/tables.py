"""What was measured, as tables: streams, bounds, drift, pairs and conversations."""

import statistics
from collections.abc import Sequence

from benchmarks.quality import datasets, metrics, pairs, policies
from benchmarks.quality.drift import Drift
from benchmarks.quality.over_http import Answers
from benchmarks.quality.pairs import Judged, Served
from benchmarks.quality.sheets import Sheet, between, median, percent
from benchmarks.quality.trial import Book, Settings


def of_stream(name: str, *, book: Book, settings: Settings) -> list[Sheet]:
    """Show a set of groups: the policies side by side, the bounds, and what else there is."""
    return [
        _policies(name, book=book, settings=settings),
        _bounds(name, book=book, settings=settings),
        _facts(name, book=book),
    ]


def _policies(name: str, *, book: Book, settings: Settings) -> Sheet:
    errors = [f"at {error:.1%}" for error in metrics.ERRORS]
    sheet = Sheet(
        title=f"{name}: policies at max_error {settings.main_error:.1%}",
        columns=["policy", "hits", "wrong", "high", "of hits", *errors],
    )
    for policy in settings.policies:
        names = ["hits", "realised_error", "realised_error_high", "wrong_of_hits"]
        names += [f"hits_at_error_{metrics.percent(error)}" for error in metrics.ERRORS]
        cells = [median(book.values.get(f"{name}.{policy}.{figure}", [])) for figure in names]
        if any(cells):
            sheet.add(policy, *cells)
    sheet.notes.append(
        "Hits and wrong hits are shares of all requests; `high` is the upper end of a 95 % "
        "Clopper-Pearson interval, `of hits` the share of the hits that were wrong."
    )
    sheet.notes.append("Of several seeds, medians.")
    sheet.notes.append(
        "Hits `at` an error choose their threshold in hindsight; `hits` and `wrong` were served."
    )
    return sheet


def _bounds(name: str, *, book: Book, settings: Settings) -> Sheet:
    sheet = Sheet(
        title=f"{name}: is the bound kept?",
        columns=[
            "policy",
            "bound",
            "realised",
            "worst",
            "high",
            "kept",
            "hits",
            "labels",
            "alarms",
        ],
    )
    for policy in policies.BOUNDED:
        for error in settings.max_errors:
            place = f"{name}.{policy}.max_error_{metrics.percent(error)}"
            values = {
                figure: book.values.get(f"{place}.{figure}", [])
                for figure in ("realised_error", "realised_error_high", "kept", "hits")
            }
            if not values["kept"]:
                continue
            kept = f"{sum(values['kept']):.0f} of {len(values['kept'])}"
            labels, alarms = (
                book.values.get(f"{place}.{figure}", []) for figure in ("labels", "alarms")
            )
            counts = [f"{statistics.median(labels):.0f}", f"{sum(alarms):.0f}"] if labels else []
            realised, hits = median(values["realised_error"]), median(values["hits"])
            ends = [percent(max(values[f"realised_error{end}"])) for end in ("", "_high")]
            sheet.add(policy, f"{error:.1%}", realised, *ends, kept, hits, *counts)
    sheet.notes.append(
        "`realised` is the median of the seeds, `worst` the highest of them, `high` the highest "
        "upper end; `labels` is a median, `alarms` the sum over the seeds."
    )
    return sheet


def _facts(name: str, *, book: Book) -> Sheet:
    sheet = Sheet(title=f"{name}: the rest", columns=["figure", "median", "lowest", "highest"])
    names = ["oracle_hits", "oracle_candidates_hits", "oracle_nearest_hits", "index_recall_at_1"]
    names += ["decision_p50_ms", "decision_p99_ms", "decision_cpu_p50_ms", "decision_cpu_p99_ms"]
    names += ["semcache.hits_to_best_static", "semcache.hits_to_vcache"]
    for figure in names:
        values = sorted(book.values.get(f"{name}.{figure}", []))
        if values:
            middle = statistics.median(values)
            sheet.add(figure, *(f"{value:.4g}" for value in (middle, values[0], values[-1])))
    return sheet


def of_drift(drifts: Sequence[Drift]) -> Sheet:
    sheet = Sheet(
        title="Drift: the second half comes from another set",
        columns=["stream", "max_error", "seed", "before", "after", "last half of after", "alarms"],
    )
    for one in drifts:
        alarms = ", ".join(f"{place - one.changed_at:+d}" for place in one.alarms) or "none"
        shares = [between(share) for share in (one.before, one.after, one.last)]
        sheet.add(one.name, f"{one.max_error:.1%}", str(one.seed), *shares, alarms)
    sheet.notes.append("An alarm is given by its request, counted from the change.")
    for one in drifts:
        errors = " ".join(f"{error:.1%}" for error in one.windows)
        sheet.notes.append(
            f"{one.name} at {one.max_error:.1%}, seed {one.seed}, changed at {one.changed_at}: "
            f"errors of each {metrics.WINDOW} requests: {errors}."
        )
    return sheet


def of_pairs(
    name: str, judged: Sequence[Judged], *, others: dict[str, Served] | None = None
) -> list[Sheet]:
    """Show a set of pairs; `others` are what else was asked about the same pairs."""
    sheets = [
        _served(name, judged, others=others or {}),
        _hindsight(name, judged),
        _kinds(name, judged),
        _vetoes(name, judged),
        _thresholds(name, judged),
    ]
    return [sheet for sheet in sheets if sheet.rows]


def _served(name: str, judged: Sequence[Judged], *, others: dict[str, Served]) -> Sheet:
    sheet = Sheet(
        title=f"{name}: pairs, each by itself",
        columns=["who", "should-hits served", "traps served"],
    )
    rows = {"semcache": pairs.served(judged), **others, **statics(judged)}
    for who, found in rows.items():
        sheet.add(who, between(found.should), between(found.traps))
    return sheet


def statics(judged: Sequence[Judged]) -> dict[str, Served]:
    """Say what fixed thresholds on the cosine would have served."""
    return {
        f"static-{least:.2f}": pairs.served(
            judged,
            lambda one, least=least: one.similarity >= least,  # type: ignore[misc]
        )
        for least in pairs.SIMILARITIES
    }


def _hindsight(name: str, judged: Sequence[Judged]) -> Sheet:
    sheet = Sheet(
        title=f"{name}: should-hits served, by the best threshold in hindsight",
        columns=["score", *(f"at {share:.0%} of the traps" for share in pairs.TRAPS)],
    )
    scores = {
        "probability, with vetoes": pairs.vetoed_probability,
        "probability alone": lambda one: one.probability,
        "cosine, with vetoes": lambda one: -1.0 if one.objections else one.similarity,
        "cosine alone": lambda one: one.similarity,
    }
    for label, score in scores.items():
        found = [pairs.at_traps(judged, score, share=share) for share in pairs.TRAPS]
        sheet.add(label, *map(percent, found))
    return sheet


def _kinds(name: str, judged: Sequence[Judged]) -> Sheet:
    sheet = Sheet(
        title=f"{name}: by kind", columns=["kind", "style", "should-hits served", "traps served"]
    )
    parts = pairs.by_kind(judged)
    for (kind, style), found in parts.items() if len(parts) > 1 else ():
        counts = [
            f"{share.count} of {share.total}, {percent(share.value)}" if share.total else ""
            for share in (found.should, found.traps)
        ]
        sheet.add(kind, style, *counts)
    return sheet


def _vetoes(name: str, judged: Sequence[Judged]) -> Sheet:
    sheet = Sheet(
        title=f"{name}: vetoes",
        columns=["veto", "on traps", "of these alone", "on should-hits", "of these alone"],
    )
    for veto, count in pairs.vetoes(judged).items():
        cells = (count.rightly, count.alone_rightly, count.wrongly, count.alone_wrongly)
        sheet.add(veto, *map(str, cells))
        if name in datasets.OURS:  # what belongs to others is not copied into a report
            sheet.examples += [f"{veto}, wrongly: {example}" for example in count.examples]
    return sheet


def _thresholds(name: str, judged: Sequence[Judged]) -> Sheet:
    sheet = Sheet(
        title=f"{name}: by least probability",
        columns=["least", "should-hits", "traps", "should-hits without vetoes", "traps without"],
    )
    for least in pairs.PROBABILITIES:
        sheet.add(f"{least:g}", *map(percent, _at_least(judged, least)))
    return sheet


def _at_least(judged: Sequence[Judged], least: float) -> list[float]:
    """Give the shares of should-hits and traps that reach a probability: with vetoes, without."""
    ours = pairs.served(judged, lambda one: pairs.vetoed_probability(one) >= least)
    bare = pairs.served(judged, lambda one: one.probability >= least)
    return [share.value for share in (ours.should, ours.traps, bare.should, bare.traps)]


def of_http(name: str, answers: Answers, *, otherwise: int) -> Sheet:
    sheet = Sheet(title=f"{name}: over HTTP", columns=["level", "should-hits", "traps"])
    for level in sorted(answers.levels[True] | answers.levels[False]):
        sheet.add(level, *(str(answers.levels[fits][level]) for fits in (True, False)))
    sheet.notes.append(
        f"Pairs that the decision alone would have served otherwise: {otherwise}. "
        f"Hits on another pair's answer: {answers.of_others}. "
        f"First sides that were not kept, and not looked up: {answers.not_kept}."
    )
    if answers.errors:
        told = ", ".join(f"{what} {count} times" for what, count in answers.errors.items())
        sheet.notes.append(f"Errors: {told}.")
    return sheet


def of_conversations(name: str, judged: dict[str, list[Judged]]) -> Sheet:
    sheet = Sheet(
        title=f"{name}: conversations",
        columns=["way", "should-hits served", "traps served"],
    )
    for way, ones in judged.items():
        found = pairs.served(ones)
        sheet.add(way, between(found.should), between(found.traps))
    return sheet
