"""What a miss adds over asking the provider directly: a fake one with a fixed delay, same run."""

import argparse
from collections import defaultdict
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from benchmarks import chat, measure, product, prompts, rounds
from benchmarks.errors import ProductError
from benchmarks.goals import Goal
from benchmarks.load import generator
from benchmarks.load.plan import Plan, Sample
from benchmarks.report import Findings
from benchmarks.upstream import server

WARMING = 40


@dataclass(slots=True, kw_only=True)
class Way:
    """One way to the provider, directly or through the product; samples by what was asked."""

    plan: Plan
    level: str
    samples: defaultdict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def p50(self, name: str) -> list[float]:
        return [measure.p50(sample.of(self.level)) for sample in self.samples[name]]

    def pooled_p99(self, name: str) -> float:
        return measure.p99([ms for sample in self.samples[name] for ms in sample.of(self.level)])

    def ttft_p50(self, name: str) -> list[float]:
        return [
            measure.p50(sample.first_token_ms.get(self.level, [])) for sample in self.samples[name]
        ]

    def per_s(self, name: str) -> list[float]:
        return [sample.per_s for sample in self.samples[name]]


class Miss:
    name = "miss"
    summary = (
        "What a miss adds over a provider of 50 ms, streamed and not, at 1 and 32 connections."
    )
    goals = (Goal(figure="added_p50_ms", bound=15.0),)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        product.add_options(parser)
        parser.add_argument(
            "--upstream-url",
            help="with --base-url: the provider behind it, a running `benchmarks.upstream`",
        )
        parser.add_argument("--delay-ms", type=float, default=50.0, help="of the provider (50)")
        parser.add_argument("--rounds", type=int, default=5, help="of each way, in turn (5)")
        parser.add_argument("--misses", type=int, default=40, help="a round at 1 connection (40)")
        parser.add_argument(
            "--misses-c32", type=int, default=640, help="a round at 32 connections (640)"
        )

    def run(self, options: argparse.Namespace) -> Findings:
        if options.base_url and not options.upstream_url:
            raise ProductError("--base-url needs --upstream-url, the provider behind the product")
        with (
            server.running(delay_ms=options.delay_ms) as upstream,
            product.under_test(options, upstream_url=upstream.base_url) as tested,
        ):
            direct_url = options.upstream_url or upstream.base_url
            through = chat.plan(tested, [], connections=1)
            ways = (
                Way(plan=_directly(through, direct_url), level=""),
                Way(plan=through, level="miss"),
            )
            _ask(ways, options=options)
        return _found(*ways)


def _directly(through: Plan, url: str) -> Plan:
    """Send the same to the provider itself."""
    parts = urlsplit(url)
    path = f"{parts.path.rstrip('/')}/chat/completions"
    return replace(through, host=parts.hostname or "", port=parts.port or 80, path=path)


def _ask(ways: tuple[Way, Way], *, options: argparse.Namespace) -> None:
    """Ask both ways in turn, each time prompts that nobody asked before."""
    kinds = (
        ("c1", 1, options.misses, False),
        ("streamed_c1", 1, options.misses, True),
        ("c32", 32, options.misses_c32, False),
        ("streamed_c32", 32, options.misses_c32, True),
    )
    total = len(ways) * (WARMING + options.rounds * sum(count for _, _, count, _ in kinds))
    fresh = iter(prompts.unheard(count=total, seed=options.seed))

    def bodies(count: int, *, stream: bool) -> list[str]:
        return [chat.body(next(fresh), model=options.model, stream=stream) for _ in range(count)]

    with generator.running() as load:
        for way in ways:
            load.send(replace(way.plan, connections=4, bodies=bodies(WARMING, stream=False)))
        for name, connections, count, stream in kinds:
            for _ in rounds.progress(options.rounds, title=f"miss, {name}"):
                for way in ways:
                    asked = bodies(count, stream=stream)
                    plan = replace(way.plan, connections=connections, bodies=asked)
                    way.samples[name].append(load.send(plan))


def _found(direct: Way, through: Way) -> Findings:
    findings = Findings()
    findings.add_rounds("added_p50_ms", _minus(through.p50("c1"), direct.p50("c1")))
    findings.add("added_p99_ms", through.pooled_p99("c1") - direct.pooled_p99("c1"))
    ttft = _minus(through.ttft_p50("streamed_c1"), direct.ttft_p50("streamed_c1"))
    findings.add_rounds("added_ttft_p50_ms", ttft)
    ratios = zip(through.per_s("c32"), direct.per_s("c32"), strict=True)
    findings.add_rounds("throughput_to_direct_c32", [ours / theirs for ours, theirs in ratios])
    findings.add_rounds("added_p50_ms_c32", _minus(through.p50("c32"), direct.p50("c32")))
    findings.add("added_p99_ms_c32", through.pooled_p99("c32") - direct.pooled_p99("c32"))
    ttft = _minus(through.ttft_p50("streamed_c32"), direct.ttft_p50("streamed_c32"))
    findings.add_rounds("added_ttft_p50_ms_c32", ttft)
    ratios = zip(through.per_s("streamed_c32"), direct.per_s("streamed_c32"), strict=True)
    shares = [ours / theirs for ours, theirs in ratios]
    findings.add_rounds("streamed_throughput_to_direct_c32", shares)
    for name, way in (("direct", direct), ("through", through)):
        findings.add_rounds(f"{name}_p50_ms_c1", way.p50("c1"))
        findings.add_rounds(f"{name}_ttft_p50_ms_c1", way.ttft_p50("streamed_c1"))
        findings.add_rounds(f"{name}_rps_c32", way.per_s("c32"))
    every = [sample for samples in through.samples.values() for sample in samples]
    findings.add("failed", sum(sample.failed for sample in every))
    findings.add("not_missed", sum(sample.others(through.level) for sample in every))
    return findings


def _minus(ours: list[float], theirs: list[float]) -> list[float]:
    return [one - other for one, other in zip(ours, theirs, strict=True)]
