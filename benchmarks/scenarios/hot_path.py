"""Exact hits against the bare application, on the same server and Redis, in the same run."""

import argparse
import time
from dataclasses import dataclass, field, replace

import httpx

from benchmarks import chat, measure, product, prompts, rounds
from benchmarks.bare import server as bare_server
from benchmarks.errors import CannotRunError, ProductError
from benchmarks.goals import Goal
from benchmarks.load import generator
from benchmarks.load.plan import Plan, Sample
from benchmarks.report import Findings
from benchmarks.upstream import server

CONNECTIONS = (1, 32)


@dataclass(slots=True, kw_only=True)
class Side:
    """One of the two that are compared: its plan, and the samples by number of connections."""

    name: str
    plan: Plan
    level: str
    samples: dict[int, list[Sample]] = field(default_factory=dict)

    def p50(self, connections: int) -> list[float]:
        return [measure.p50(sample.of(self.level)) for sample in self.samples[connections]]

    def p99(self, connections: int) -> list[float]:
        return [measure.p99(sample.of(self.level)) for sample in self.samples[connections]]

    def per_s(self, connections: int) -> list[float]:
        return [sample.per_s for sample in self.samples[connections]]


class HotPath:
    name = "hot-path"
    summary = "Exact hits at 1 and 32 connections against a bare ASGI app: JSON, hash, Redis GET."
    goals = (Goal(figure="throughput_to_bare_c32", bound=0.5, at_least=True),)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        product.add_options(parser)
        parser.add_argument("--rounds", type=int, default=5, help="of each side, in turn (5)")
        parser.add_argument("--seconds", type=float, default=3.0, help="a round (3)")
        parser.add_argument(
            "--prompts", type=int, default=300, help="distinct stored prompts (300)"
        )
        parser.add_argument(
            "--server",
            choices=bare_server.KINDS,
            help="of both; with --base-url of the bare app only (the product's choice)",
        )

    def run(self, options: argparse.Namespace) -> Findings:
        texts = [question.text for question in prompts.builtin()]
        bodies = [
            chat.body(text, model=options.model)
            for text in prompts.variants(texts, count=options.prompts)
        ]
        with (
            server.running(delay_ms=0) as upstream,
            product.under_test(
                options, upstream_url=upstream.base_url, server=options.server
            ) as tested,
        ):
            if not tested.redis_url:
                raise CannotRunError("the product's Redis is not known: pass --redis-url")
            answers = _stored(tested, bodies)
            kind = options.server or _server_of(tested)
            with bare_server.running(
                kind, redis_url=tested.redis_url, answers=answers
            ) as bare_port:
                ours = chat.plan(tested, bodies, connections=1, duration_s=options.seconds)
                theirs = replace(ours, host="127.0.0.1", port=bare_port)
                sides = (
                    Side(name="bare", plan=theirs, level=""),
                    Side(name="exact", plan=ours, level="hit-exact"),
                )
                _compare(sides, count=options.rounds)
        return _found(*sides, kind=kind)


def _compare(sides: tuple[Side, Side], *, count: int) -> None:
    """Load both in turn: A B A B, so that what disturbs one round disturbs the other's too."""
    with generator.running() as load:
        for side in sides:
            load.send(replace(side.plan, connections=max(CONNECTIONS), duration_s=1.0))
        for connections in CONNECTIONS:
            for _ in rounds.progress(count, title=f"hot-path, {connections} connections"):
                for side in sides:
                    sample = load.send(replace(side.plan, connections=connections))
                    side.samples.setdefault(connections, []).append(_checked(sample, side))


def _checked(sample: Sample, side: Side) -> Sample:
    """Refuse a sample that measured something else."""
    wrong = sample.failed + sample.others(side.level)
    if wrong:
        seen = {level: len(values) for level, values in sample.latencies_ms.items()}
        raise ProductError(
            f"{side.name}: {wrong} requests were no hits: {sample.statuses}, levels {seen}"
        )
    return sample


def _found(bare: Side, exact: Side, *, kind: str) -> Findings:
    findings = Findings(remarks=[f"The bare application runs on {kind}."])
    ratios = zip(exact.per_s(32), bare.per_s(32), strict=True)
    findings.add_rounds("throughput_to_bare_c32", [ours / theirs for ours, theirs in ratios])
    ratios = zip(exact.p50(1), bare.p50(1), strict=True)
    findings.add_rounds("p50_to_bare_c1", [ours / theirs for ours, theirs in ratios])
    for side in (exact, bare):
        for connections in CONNECTIONS:
            findings.add_rounds(f"{side.name}_p50_ms_c{connections}", side.p50(connections))
            findings.add_rounds(f"{side.name}_p99_ms_c{connections}", side.p99(connections))
            findings.add_rounds(f"{side.name}_rps_c{connections}", side.per_s(connections))
    return findings


def _stored(tested: product.Product, bodies: list[str]) -> dict[str, bytes]:
    """Ask every prompt until it is an exact hit; answer the stored bytes by request body.

    Without the semantic level, so that each prompt has an answer of its own.
    """
    answers = {}
    url = f"{tested.base_url}/chat/completions"
    headers = {**tested.headers, "content-type": "application/json", "x-semcache-mode": "exact"}
    with httpx.Client(headers=headers, timeout=60) as client:
        for body in bodies:
            answers[body] = _hit(client, url, body)
    return answers


def _hit(client: httpx.Client, url: str, body: str) -> bytes:
    for attempt in range(20):
        answer = client.post(url, content=body.encode())
        if answer.status_code != 200:
            raise ProductError(f"the product answered {answer.status_code}: {answer.text[:300]}")
        if answer.headers.get("x-semcache") == "hit-exact":
            return answer.content
        time.sleep(0.01 * attempt)
    raise ProductError(f"asked twenty times, and still no exact hit: {dict(answer.headers)}")


def _server_of(tested: product.Product) -> str:
    told = httpx.get(f"{tested.base_url}/models", headers=tested.headers, timeout=30)
    return "uvicorn" if "uvicorn" in told.headers.get("server", "") else "granian"
