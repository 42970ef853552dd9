"""One run of the scenario: its parts one after the other, what they found, and the report."""

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from benchmarks import goals, machine, processes, product, report
from benchmarks.quality import (
    check,
    conversations,
    datasets,
    document,
    drift,
    over_http,
    pairs,
    tables,
)
from benchmarks.quality.pairs import Judged, Served
from benchmarks.quality.sheets import Sheet
from benchmarks.quality.trial import Book, Settings, Trial
from benchmarks.quality.vectors import Vectorizer
from benchmarks.upstream import server

T = TypeVar("T")


class Session:
    """Measures part by part; each part's tables are printed as soon as it is done.

    Args:
        options: of the scenario.
        vectorizer: encodes as the product does.
        console: where the tables go.
    """

    def __init__(
        self,
        options: argparse.Namespace,
        *,
        settings: Settings,
        vectorizer: Vectorizer,
        console: Console,
    ) -> None:
        self.findings = report.Findings(tabled=True)
        self.book = Book()
        self._options = options
        self._settings = settings
        self._vectorizer = vectorizer
        self._console = console
        self._check = check.load(options.check) if options.check else None
        self._sheets: dict[str, list[Sheet]] = defaultdict(list)

    def run(self, data: datasets.Data) -> None:
        """Measure what there is; streams come last, for they take longest."""
        seeds = range(self._options.seed, self._options.seed + self._options.seeds)
        for name, judged in data.pairs.items():
            self._pairs(name, self._some(judged))
        for name, talks in data.conversations.items():
            self._conversations(name, self._some(talks))
        with self._streams_told(data):
            for seed in seeds:
                for name, queries in data.groups.items():
                    trial = Trial(name, settings=self._settings, seed=seed, book=self.book)
                    trial.run(self._some(queries), vectorizer=self._vectorizer)
        if self._options.drift:
            self._drift(data, seeds=seeds)

    def close(self, *, bounds: Sequence[goals.Goal]) -> None:
        """Write down what was measured, a folder a set."""
        now, remarks = datetime.now(UTC), list(self.findings.remarks)
        facts = machine.facts(now=now, busy_before=machine.busy_share())
        versions = machine.versions(checkout=processes.CHECKOUT)
        for name, sheets in self._sheets.items():
            ours = report.Findings(
                figures=self._begun(self.findings.figures, name),
                spreads=self._begun(self.findings.spreads, name),
            )
            content = report.document(
                ours,
                scenario="quality",
                bounds=tuple(goal for goal in bounds if goal.figure.startswith(f"{name}.")),
                machine=facts,
                versions=versions,
                seed=self._options.seed,
            )
            where = document.folder(self._options.out, name=name, now=now)
            document.write(
                where,
                name=name,
                command=f"python -m benchmarks {' '.join(_public(sys.argv[1:]))}",
                sheets=sheets,
                content=content,
                book=self.book,
                remarks=remarks,
            )
            self.findings.remarks.append(f"Written: {_short(where)}")

    def _pairs(self, name: str, known: list[datasets.Pair]) -> None:
        judged = pairs.judge(known, name=name, vectorizer=self._vectorizer)
        others: dict[str, Served] = {}
        if self._check is not None:
            said = check.ask(self._check, known, name=name)
            answers = {id(one): hit for one, hit in zip(judged, said, strict=True)}
            others["check"] = pairs.served(judged, lambda one: answers[id(one)])
        if self._options.http:
            others["http"] = self._over_http(name, judged)
        for who, found in {"semcache": pairs.served(judged), **others}.items():
            self._note_served(f"{name}.{who}", found)
        for who, found in tables.statics(judged).items():
            self._note_served(f"{name}.{who}", found)
        self._tell(name, tables.of_pairs(name, judged, others=others))

    def _over_http(self, name: str, judged: list[Judged]) -> Served:
        chosen = _sample(judged, count=self._options.http_pairs, seed=self._options.seed)
        some = [one.pair for one in chosen]
        answers = over_http.Answers()
        with (
            server.running(delay_ms=0) as upstream,
            product.under_test(self._options, upstream_url=upstream.base_url) as tested,
        ):
            over_http.ask(
                tested,
                some,
                model=over_http.model(tested, wanted=self._options.model),
                alone=self._options.alone,
                connections=self._options.connections,
                answers=answers,
            )
        otherwise = answers.unlike([one.served for one in chosen])
        self._tell(name, [tables.of_http(name, answers, otherwise=otherwise)])
        self.findings.add(f"{name}.http.otherwise", otherwise)
        self.findings.add(f"{name}.http.of_others", answers.of_others)
        self.findings.add(f"{name}.http.not_kept", answers.not_kept)
        self.findings.add(f"{name}.http.errors", answers.errors.total())
        return answers.shares(some)

    def _conversations(self, name: str, known: list[datasets.Conversation]) -> None:
        judged = conversations.judge(known, name=name, vectorizer=self._vectorizer)
        for way, ones in judged.items():
            self._note_served(f"{name}.{way}", pairs.served(ones))
        self._tell(name, [tables.of_conversations(name, judged)])

    @contextmanager
    def _streams_told(self, data: datasets.Data) -> Iterator[None]:
        """Tell what the streams brought, also where Ctrl-C cut them short."""
        try:
            yield
        finally:
            self._note_book()
            for name in data.groups:
                if name in self.book.runs:
                    told = tables.of_stream(name, book=self.book, settings=self._settings)
                    self._tell(name, told)

    def _drift(self, data: datasets.Data, *, seeds: Sequence[int]) -> None:
        plans = drift.plans(data)
        if not plans:
            self.findings.remarks.append("--drift needs groups, and other groups or pairs.")
        for first, second in plans:
            drifts: list[drift.Drift] = []
            try:
                for seed in seeds:
                    drifts += drift.run(
                        f"{first}-to-{second}",
                        self._some(data.groups[first]),
                        self._some(drift.queries(data, second, seed=seed)),
                        trained=(first, second),
                        settings=self._settings,
                        seed=seed,
                        book=self.book,
                        vectorizer=self._vectorizer,
                    )
            finally:
                self._note_book()
                if drifts:
                    self._tell(drifts[0].name, [tables.of_drift(drifts)])

    def _note_book(self) -> None:
        for name, values in self.book.values.items():
            if len(values) > 1:
                self.findings.add_rounds(name, values)
            else:
                self.findings.add(name, values[0])

    def _note_served(self, place: str, found: Served) -> None:
        shares = {"should_hit_served": found.should, "traps_served": found.traps}
        for figure, share in shares.items():
            self.findings.add(f"{place}.{figure}", share.value)
            if share.total:
                self.findings.add(f"{place}.{figure}_low", share.exact.low)
                self.findings.add(f"{place}.{figure}_high", share.exact.high)

    def _tell(self, name: str, sheets: list[Sheet]) -> None:
        self._sheets[name] += sheets
        for sheet in sheets:
            self._console.print(sheet.rich())
            for note in sheet.notes:
                self._console.print(note, markup=False, soft_wrap=True)

    def _some(self, known: list[T]) -> list[T]:
        """Take as many as were asked for, at random."""
        return _sample(known, count=self._options.limit, seed=self._options.seed)

    @staticmethod
    def _begun(values: dict[str, T], name: str) -> dict[str, T]:
        return {key: value for key, value in values.items() if key.startswith(f"{name}.")}


def _sample(known: list[T], *, count: int | None, seed: int) -> list[T]:
    if count is None or count >= len(known):
        return known
    return random.Random(seed).sample(known, count)


def _short(path: Path) -> str:
    inside = path.resolve().is_relative_to(processes.CHECKOUT)
    return str(path.resolve().relative_to(processes.CHECKOUT) if inside else path)


def _public(words: Sequence[str]) -> list[str]:
    """Give a command line without the secret that `--key` is followed by."""
    before = ["", *words]
    return [
        "…" if last == "--key" else "--key=…" if word.startswith("--key=") else word
        for last, word in zip(before, words, strict=False)
    ]
