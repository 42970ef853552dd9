"""One set of queries under one seed: every policy over the same stream."""

import math
from collections import defaultdict
from dataclasses import dataclass, field

from benchmarks.quality import metrics, neighbors, policies, ruling, runs, streams, tuning
from benchmarks.quality.datasets import Query
from benchmarks.quality.labels import Labels
from benchmarks.quality.metrics import Curve
from benchmarks.quality.runs import Run
from benchmarks.quality.streams import Stream
from benchmarks.quality.vectors import Vectorizer
from benchmarks.quality.weighing import Everything, Misses, Store, Timed
from semcache.levels.semantic import CANDIDATES
from semcache.levels.verify.probability import Model
from semcache.types.rule import Rule

MAIN_ERROR = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to run. `max_errors`: bounds to hold; `whole`: no half is set aside for tuning."""

    policies: tuple[str, ...] = policies.NAMES
    max_errors: tuple[float, ...] = metrics.ERRORS
    insert_all: bool = True
    audit_share: float = 0.02
    reworded: bool = False
    whole: bool = False

    @property
    def main_error(self) -> float:
        """The bound whose figures stand for the policy."""
        return MAIN_ERROR if MAIN_ERROR in self.max_errors else self.max_errors[0]

    def rule(self, max_error: float) -> Rule:
        """Make the rule of all requests of a stream."""
        return ruling.bounded(max_error, audit_share=self.audit_share)


@dataclass(slots=True, kw_only=True)
class Book:
    """What was measured so far, by figure, one value a seed; and the first seed's runs."""

    values: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    runs: dict[str, dict[str, Run]] = field(default_factory=lambda: defaultdict(dict))
    curves: dict[str, dict[str, Curve]] = field(default_factory=lambda: defaultdict(dict))

    def note(self, name: str, value: float) -> None:
        self.values[name].append(value)


class Trial:
    """Every policy over one stream, the figures noted as they come.

    Args:
        name: of the set; figures begin with it.
        book: where they go.
    """

    def __init__(self, name: str, *, settings: Settings, seed: int, book: Book) -> None:
        self._name = name
        self._settings = settings
        self._seed = seed
        self._book = book

    def run(self, queries: list[Query], *, vectorizer: Vectorizer) -> None:
        """Measure a set; what Ctrl-C leaves is in the book."""
        tune, report = self._halves(queries)
        stream = self.stream(report, vectorizer=vectorizer)
        rule = self._settings.rule(self._settings.main_error)
        timed = Timed()
        near = neighbors.before(stream.vectors, k=CANDIDATES)
        self._note("index_recall_at_1", neighbors.recall_at_1(stream.vectors, exact=near))
        store: Store = Everything(stream, near, rule=rule, timed=timed)
        for kind, values in (("", timed.each_ms), ("cpu_", timed.each_cpu_ms)):
            p50, p99 = metrics.quantiles(values, 0.5, 0.99)
            self._note(f"decision_{kind}p50_ms", p50)
            self._note(f"decision_{kind}p99_ms", p99)
        self._oracles(store)
        earlier = self.stream(tune, vectorizer=vectorizer) if tune else None
        self._all(stream, store, model=self._tuned(earlier, self._everything(earlier)))
        self._compare()

    def stream(self, queries: list[Query], *, vectorizer: Vectorizer) -> Stream:
        texts = [query.text for query in queries]
        return Stream(
            name=self._name,
            queries=tuple(queries),
            vectors=vectorizer.encode(texts, title=f"encode {self._name}"),
            signatures=streams.answers(queries, reworded=self._settings.reworded),
        )

    def _tuned(self, tune: Stream | None, near: Store | None) -> Model:
        """Move the model towards the tune half, where there is one."""
        model = tuning.untuned(self._name)
        if tune is None or near is None:
            return model
        groups = [query.group for query in tune.queries]
        return tuning.tuned(model, near, groups, seed=self._seed)

    def _halves(self, queries: list[Query]) -> tuple[list[Query], list[Query]]:
        if self._settings.whole:
            return [], streams.shuffled(queries, seed=self._seed)
        return streams.halves(queries, seed=self._seed)

    def _everything(self, tune: Stream | None) -> Store | None:
        if tune is None or policies.SEMCACHE not in self._settings.policies:
            return None
        near = neighbors.before(tune.vectors, k=CANDIDATES)
        return Everything(tune, near, rule=self._settings.rule(self._settings.main_error))

    def _oracles(self, store: Store) -> None:
        """Note what a perfect decision would serve: of all, of the candidates, of the nearest."""
        if not isinstance(store, Everything):
            return
        asked = list(store.requests())
        total = max(len(asked), 1)
        self._note("oracle_hits", sum(one.possible for one in asked) / total)
        self._note("oracle_candidates_hits", sum(any(one.fits) for one in asked) / total)
        self._note("oracle_nearest_hits", sum(one.fits[:1] == (True,) for one in asked) / total)

    def _all(self, stream: Stream, everything: Store, *, model: Model) -> None:
        for name in self._settings.policies:
            bounded = name in policies.BOUNDED
            for error in self._settings.max_errors if bounded else (self._settings.main_error,):
                self._one(name, stream, everything, model=model, max_error=error)

    def _one(
        self,
        name: str,
        stream: Stream,
        everything: Store,
        *,
        model: Model,
        max_error: float,
    ) -> None:
        rule = self._settings.rule(max_error)
        ours = name == policies.SEMCACHE
        labels = Labels(prior=model if ours else tuning.untuned(self._name))
        run = runs.run(
            policies.make(name, rule=rule, labels=labels),
            everything if self._settings.insert_all else Misses(stream, rule=rule),
            title=f"{self._name}: {name} at {max_error:.1%}",
            seed=self._seed,
        )
        if name == policies.BEST_STATIC:
            run = _in_hindsight(run, max_error=max_error)
        if name in policies.BOUNDED:
            self._note_bound(name, run, max_error=max_error, labels=labels)
        if max_error == self._settings.main_error:
            self._note_main(name, run)

    def _note_bound(self, name: str, run: Run, *, max_error: float, labels: Labels) -> None:
        place = f"{name}.max_error_{metrics.percent(max_error)}"
        wrong = metrics.errors(run)
        self._note(f"{place}.realised_error", wrong.value)
        self._note(f"{place}.realised_error_low", wrong.exact.low)
        self._note(f"{place}.realised_error_high", wrong.exact.high)
        self._note(f"{place}.kept", float(wrong.value <= max_error))
        self._note(f"{place}.hits", metrics.hits(run).value)
        if name == policies.SEMCACHE:
            self._note(f"{place}.alarms", len(labels.alarms))
            self._note(f"{place}.labels", labels.count)

    def _note_main(self, name: str, run: Run) -> None:
        wrong, curve = metrics.errors(run), metrics.curve(run)
        self._note(f"{name}.hits", metrics.hits(run).value)
        self._note(f"{name}.realised_error", wrong.value)
        self._note(f"{name}.realised_error_low", wrong.exact.low)
        self._note(f"{name}.realised_error_high", wrong.exact.high)
        of_hits = metrics.errors_of_hits(run)
        self._note(f"{name}.wrong_of_hits", of_hits.value)
        self._note(f"{name}.wrong_of_hits_high", of_hits.wilson.high)
        if name not in policies.STATICS and name != policies.ORACLE:
            for error in metrics.ERRORS:
                figure = f"{name}.hits_at_error_{metrics.percent(error)}"
                self._note(figure, curve.hits_at(error))
        self._book.runs[self._name].setdefault(name, run)
        self._book.curves[self._name].setdefault(name, curve)

    def _compare(self) -> None:
        """Note how many times the hits of the others ours are, at one percent of error."""
        best = self._last(f"{policies.BEST_STATIC}.hits_at_error_1pct")
        self._note("semcache.hits_to_best_static", self._last("semcache.hits_at_error_1pct") / best)
        ours = self._last("semcache.max_error_1pct.hits")
        others = max(self._last("vcache.max_error_1pct.hits"), 1e-4)
        self._note("semcache.hits_to_vcache", ours / others)

    def _last(self, figure: str) -> float:
        values = self._book.values.get(f"{self._name}.{figure}")
        return values[-1] if values and values[-1] else math.nan

    def _note(self, figure: str, value: float) -> None:
        if not math.isnan(value):
            self._book.note(f"{self._name}.{figure}", value)


def _in_hindsight(run: Run, *, max_error: float) -> Run:
    """Serve what the best threshold serves, once everything is known."""
    least = metrics.curve(run).threshold_at(max_error)
    hit = run.score >= least
    return Run(
        hit=hit,
        wrong=hit & ~run.right,
        score=run.score,
        right=run.right,
        drawn=run.drawn,
        stored=run.stored,
    )
