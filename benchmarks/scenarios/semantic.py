"""Semantic hits against the encoder alone, on the same texts, in the same run."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from benchmarks import chat, encoder, measure, processes, product, prompts, rounds
from benchmarks.errors import ProductError
from benchmarks.goals import Goal
from benchmarks.load import generator
from benchmarks.load.plan import Sample
from benchmarks.report import Findings
from benchmarks.upstream import server

LEVEL = "hit-semantic"
BATCH = 32
WARMING_TRIES = 20


@dataclass(slots=True, kw_only=True)
class Measured:
    """The rounds at one number of connections: what the product did, and what the encoder."""

    hits: list[Sample] = field(default_factory=list)
    encodings: list[encoder.Timing] = field(default_factory=list)

    def p50(self) -> list[float]:
        return [measure.p50(sample.of(LEVEL)) for sample in self.hits]

    def p99(self) -> list[float]:
        return [measure.p99(sample.of(LEVEL)) for sample in self.hits]


class Semantic:
    name = "semantic"
    summary = "Semantic hits at 1 and 32 connections, and what they add to the encoder's own time."
    goals = (Goal(figure="added_to_encoder_p50_ms", bound=4.0),)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        product.add_options(parser)
        parser.add_argument("--rounds", type=int, default=5, help="of each side, in turn (5)")
        parser.add_argument("--hits", type=int, default=100, help="a round at 1 connection (100)")
        parser.add_argument(
            "--hits-c32", type=int, default=600, help="a round at 32 connections (600)"
        )

    def run(self, options: argparse.Namespace) -> Findings:
        texts = [question.text for question in prompts.builtin()]
        fresh = prompts.in_other_words(texts, seed=options.seed)
        with (
            server.running(delay_ms=0) as upstream,
            product.under_test(options, upstream_url=upstream.base_url) as tested,
            generator.running() as load,
            processes.lines("benchmarks.encoder") as encoding,
        ):
            bench = _Bench(tested, load=load, encoding=encoding, model=options.model, fresh=fresh)
            bench.fill(texts)
            alone = bench.measure(options.rounds, connections=1, texts_each=options.hits)
            crowd = bench.measure(options.rounds, connections=32, texts_each=options.hits_c32)
        return _found(alone, crowd)


class _Bench:
    def __init__(
        self,
        tested: product.Product,
        *,
        load: generator.Generator,
        encoding: processes.Lines,
        model: str,
        fresh: Iterator[str],
    ) -> None:
        self._product = tested
        self._load = load
        self._encoding = encoding
        self._model = model
        self._fresh = fresh

    def fill(self, texts: list[str]) -> None:
        """Store an answer for each text, then wait until paraphrases find them."""
        self._ask(texts, connections=8)
        for _ in range(WARMING_TRIES):
            sample = self._ask(self._take(40), connections=4)
            if len(sample.of(LEVEL)) > 0.9 * sample.good:
                return
        seen = {level: len(values) for level, values in sample.latencies_ms.items()}
        raise ProductError(f"paraphrases do not hit: {sample.statuses}, levels {seen}")

    def measure(self, count: int, *, connections: int, texts_each: int) -> Measured:
        """Ask fresh paraphrases, then give the encoder alone the same ones; in turn."""
        measured = Measured()
        for _ in rounds.progress(count, title=f"semantic, {connections} connections"):
            texts = self._take(texts_each)
            measured.hits.append(self._ask(texts, connections=connections))
            task = encoder.Task(texts=texts, batch=1 if connections == 1 else BATCH)
            told = self._encoding.ask(msgspec.json.encode(task))
            measured.encodings.append(msgspec.json.decode(told, type=encoder.Timing))
        return measured

    def _take(self, count: int) -> list[str]:
        """Take paraphrases that were never sent: a second time they would be exact hits."""
        texts = list(islice(self._fresh, count))
        if len(texts) < count:
            raise ProductError("there are no more paraphrases: ask for fewer rounds or hits")
        return texts

    def _ask(self, texts: list[str], *, connections: int) -> Sample:
        bodies = [chat.body(text, model=self._model) for text in texts]
        return self._load.send(chat.plan(self._product, bodies, connections=connections))


def _found(alone: Measured, crowd: Measured) -> Findings:
    findings = Findings()
    encoder_p50 = [measure.p50(timing.each_ms) for timing in alone.encodings]
    added = [ours - theirs for ours, theirs in zip(alone.p50(), encoder_p50, strict=True)]
    findings.add_rounds("added_to_encoder_p50_ms", added)
    ratios = [
        sample.per_s / timing.texts_per_s
        for sample, timing in zip(crowd.hits, crowd.encodings, strict=True)
    ]
    findings.add_rounds("throughput_to_encoder_c32", ratios)
    for connections, measured in ((1, alone), (32, crowd)):
        findings.add_rounds(f"semantic_p50_ms_c{connections}", measured.p50())
        findings.add_rounds(f"semantic_p99_ms_c{connections}", measured.p99())
        per_s = [sample.per_s for sample in measured.hits]
        findings.add_rounds(f"semantic_rps_c{connections}", per_s)
    findings.add_rounds("encoder_p50_ms", encoder_p50)
    batched = [timing.texts_per_s for timing in crowd.encodings]
    findings.add_rounds("encoder_texts_per_s_batch32", batched)
    every = [*alone.hits, *crowd.hits]
    findings.add("asked", sum(sample.good + sample.failed for sample in every))
    findings.add("not_semantic", sum(sample.others(LEVEL) + sample.failed for sample in every))
    return findings
