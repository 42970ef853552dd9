"""The traffic changes half-way: does the alarm sound, and does the error come back?"""

import math
from dataclasses import dataclass

from benchmarks.quality import metrics, neighbors, policies, runs, streams, tuning
from benchmarks.quality.datasets import FEW, Data, Query, grouped
from benchmarks.quality.labels import Labels
from benchmarks.quality.metrics import Share
from benchmarks.quality.runs import Run
from benchmarks.quality.trial import Book, Settings, Trial
from benchmarks.quality.vectors import Vectorizer
from benchmarks.quality.weighing import Everything
from semcache.levels.semantic import CANDIDATES


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One stream out of two sets at one bound, seed by seed.

    `changed_at`: the first request from the other set. `alarms`: requests at which the alarm
    sounded. `windows`: error of each 500 requests.
    """

    name: str
    max_error: float
    seed: int
    changed_at: int
    alarms: tuple[int, ...]
    windows: tuple[float, ...]
    before: Share
    after: Share
    last: Share


def plans(data: Data) -> list[tuple[str, str]]:
    """Name what drifts into what: each set of groups into the next, and the first into pairs.

    Pairs are the harder change: next to each text lies one that differs by little.
    """
    names = list(data.groups)
    around = list(zip(names, [*names[1:], *names[:1]], strict=True)) if len(names) > 1 else []
    pairs = [name for name in data.pairs if len(data.pairs[name]) >= FEW]
    return around + [(names[0], name) for name in pairs if names]


def queries(data: Data, name: str, *, seed: int) -> list[Query]:
    """Take what a stream drifts into: the reported half of groups, or all of some pairs."""
    if name in data.groups:
        found = streams.halves(data.groups[name], seed=seed)[1]
    else:
        found = streams.shuffled(grouped(data.pairs[name]), seed=seed)
    return [Query(text=one.text, group=f"{name} {one.group}") for one in found]


def run(
    name: str,
    first: list[Query],
    second: list[Query],
    *,
    trained: tuple[str, ...],
    settings: Settings,
    seed: int,
    book: Book,
    vectorizer: Vectorizer,
) -> list[Drift]:
    """Tune on half of the first set, then serve its other half, then the second's queries.

    All of it goes into one cache. Answers one drift a bound, and notes their figures in the book.

    Args:
        trained: the two sets, which the model that it begins with must not have seen.
    """
    tune, report = streams.halves(first, seed=seed)
    trial = Trial(name, settings=settings, seed=seed, book=book)
    rule = settings.rule(settings.main_error)
    stores = []
    for part in (tune, [*report, *second]):
        stream = trial.stream(part, vectorizer=vectorizer)
        near = neighbors.before(stream.vectors, k=CANDIDATES)
        stores.append(Everything(stream, near, rule=rule))
    seen = tuning.untuned(*trained)
    model = tuning.tuned(seen, stores[0], [query.group for query in tune], seed=seed)
    found = []
    for error in settings.max_errors:
        labels = Labels(prior=model)
        policy = policies.Conformal(settings.rule(error), labels=labels)
        title = f"{name}: at {error:.1%}"
        became = runs.run(policy, stores[1], title=title, seed=seed)
        one = _drift(
            name, became, changed_at=len(report), alarms=labels.alarms, error=error, seed=seed
        )
        _note(one, book=book)
        found.append(one)
    return found


def _drift(
    name: str, became: Run, *, changed_at: int, alarms: list[int], error: float, seed: int
) -> Drift:
    wrong = became.wrong
    middle = changed_at + (len(wrong) - changed_at) // 2
    return Drift(
        name=name,
        max_error=error,
        seed=seed,
        changed_at=changed_at,
        alarms=tuple(alarms),
        windows=tuple(metrics.windows(wrong)),
        before=Share(count=int(wrong[:changed_at].sum()), total=changed_at),
        after=Share(count=int(wrong[changed_at:].sum()), total=len(wrong) - changed_at),
        last=Share(count=int(wrong[middle:].sum()), total=len(wrong) - middle),
    )


def _note(one: Drift, *, book: Book) -> None:
    place = f"{one.name}.semcache.max_error_{metrics.percent(one.max_error)}"
    book.note(f"{place}.error_before", one.before.value)
    book.note(f"{place}.error_after", one.after.value)
    book.note(f"{place}.error_last_half_after", one.last.value)
    delays = [place - one.changed_at for place in one.alarms if place >= one.changed_at]
    book.note(f"{place}.alarm_delay_requests", delays[0] if delays else math.nan)
    book.note(f"{place}.alarms_before", sum(place < one.changed_at for place in one.alarms))
