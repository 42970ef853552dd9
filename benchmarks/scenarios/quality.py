"""Are the answers right? Streams, pairs and conversations through the product's own decision."""

import argparse
from pathlib import Path

from rich.console import Console

from benchmarks import processes, product
from benchmarks.goals import Goal
from benchmarks.quality import datasets, drift, metrics, policies, vectors
from benchmarks.quality.session import Session
from benchmarks.quality.trial import MAIN_ERROR, Settings
from benchmarks.quality.vectors import Vectorizer
from benchmarks.report import Findings
from embeddings.encoders.onnx import OnnxEncoder

RESULTS = processes.CHECKOUT / "benchmarks" / "results"
HITS_TO_BEST_STATIC, HITS_TO_VCACHE = 1.5, 5.0
RECALL, P50_MS, P99_MS = 0.99, 0.5, 2.0
SHOULD_HITS, TRAPS = 0.65, 0.03


class Quality:
    name = "quality"
    summary = "Right answers: hits and errors of the decision on labelled streams and pairs."

    def __init__(self) -> None:
        self.goals: tuple[Goal, ...] = ()

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        _add_data_options(parser)
        _add_stream_options(parser)
        product.add_options(parser)
        http = parser.add_argument_group("pairs over HTTP")
        http.add_argument("--http", action="store_true", help="ask a product over HTTP, too")
        http.add_argument("--http-pairs", type=int, default=400, help="at most, of a set (400)")
        http.add_argument(
            "--alone", action="store_true", help="each pair in a namespace of its own"
        )
        http.add_argument("--connections", type=int, default=4, help="at the same time (4)")

    def run(self, options: argparse.Namespace) -> Findings:
        settings = _settings(options)
        data = datasets.read(options.data, names=options.set)
        self.goals = goals(data, settings=settings, drifts=options.drift)
        session = Session(
            options,
            settings=settings,
            vectorizer=Vectorizer(OnnxEncoder(), folder=vectors.usual_folder()),
            console=Console(),
        )
        try:
            session.run(data)
        except KeyboardInterrupt:
            session.findings.interrupted = True
            session.findings.remarks.append("Interrupted: these are the figures of a part.")
        session.close(bounds=self.goals)
        return session.findings


def goals(data: datasets.Data, *, settings: Settings, drifts: bool) -> tuple[Goal, ...]:
    """List the goals of the sets that are measured."""
    found = []
    if "contrast" in data.pairs:
        place = "contrast.semcache"
        found.append(Goal(figure=f"{place}.should_hit_served", bound=SHOULD_HITS, at_least=True))
        found.append(Goal(figure=f"{place}.traps_served", bound=TRAPS))
    found += [Goal(figure=f"{name}.exact.traps_served", bound=0.0) for name in data.conversations]
    for name in data.groups:
        found += _stream_goals(name, settings=settings)
    for first, second in drift.plans(data) if drifts else ():
        for error in settings.max_errors:
            place = f"{first}-to-{second}.semcache.max_error_{metrics.percent(error)}"
            found.append(Goal(figure=f"{place}.error_last_half_after", bound=error))
    return tuple(found)


def _stream_goals(name: str, *, settings: Settings) -> list[Goal]:
    found = []
    if policies.SEMCACHE in settings.policies:
        for error in settings.max_errors:
            place = f"{name}.semcache.max_error_{metrics.percent(error)}"
            found.append(Goal(figure=f"{place}.realised_error", bound=error))
        for other, times in (
            (policies.BEST_STATIC, HITS_TO_BEST_STATIC),
            (policies.VCACHE, HITS_TO_VCACHE),
        ):
            if other in settings.policies and MAIN_ERROR in settings.max_errors:
                figure = f"{name}.semcache.hits_to_{other.replace('-', '_')}"
                found.append(Goal(figure=figure, bound=times, at_least=True))
    found.append(Goal(figure=f"{name}.index_recall_at_1", bound=RECALL, at_least=True))
    found.append(Goal(figure=f"{name}.decision_p50_ms", bound=P50_MS))
    found.append(Goal(figure=f"{name}.decision_p99_ms", bound=P99_MS))
    return found


def _settings(options: argparse.Namespace) -> Settings:
    chosen = [name for name in policies.NAMES if not options.policy or name in options.policy]
    if options.insert == "misses" and policies.BEST_STATIC in chosen:
        chosen.remove(policies.BEST_STATIC)  # hindsight needs one store for all thresholds
    return Settings(
        policies=tuple(chosen),
        max_errors=tuple(sorted(set(options.max_error))),
        insert_all=options.insert == "all",
        audit_share=options.audit_share,
        reworded=options.answers == "reworded",
        whole=options.whole,
    )


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="labelled sets beside the project's own"
    )
    parser.add_argument("--set", nargs="+", metavar="NAME", help="only these sets")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N rows of a set")
    parser.add_argument(
        "--check", metavar="MODULE:FUNCTION", help="another cache: (stored, asked) -> bool"
    )
    parser.add_argument(
        "--out", type=Path, default=RESULTS, metavar="DIR", help="for the reports (results)"
    )


def _add_stream_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("streams")
    group.add_argument(
        "--policy", nargs="+", choices=policies.NAMES, metavar="NAME", help="only these policies"
    )
    group.add_argument(
        "--max-error",
        nargs="+",
        type=_share,
        default=metrics.ERRORS,
        metavar="X",
        help="bounds to hold (0.005 0.01 0.02 0.05)",
    )
    group.add_argument("--seeds", type=int, default=1, help="from --seed on, one run each (1)")
    group.add_argument(
        "--insert", choices=("all", "misses"), default="all", help="which queries are stored (all)"
    )
    group.add_argument(
        "--audit-share", type=_share, default=0.02, help="of the requests, drawn (0.02)"
    )
    group.add_argument(
        "--answers",
        choices=("equal", "reworded"),
        default="equal",
        help="made-up answers within a group (equal)",
    )
    group.add_argument("--whole", action="store_true", help="tune on nothing, report on all")
    group.add_argument("--drift", action="store_true", help="second half from another set, too")


def _share(text: str) -> float:
    value = float(text)
    if not 0.0 < value < 1.0:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and 1")
    return value
