"""A running product, tried as a person would: real prompts twice, then in other words."""

import argparse
import asyncio
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks import measure, product, prompts
from benchmarks.errors import ProductError
from benchmarks.report import Findings, number

BASE_URL = "http://127.0.0.1:8000/v1"
PASSES = ("first", "again", "paraphrased")
HITS = ("hit-exact", "hit-semantic", "stale")
TIMEOUT_S = 900.0


@dataclass(slots=True, kw_only=True)
class Book:
    """What came back so far: latencies by pass and level; errors count as a level of their own."""

    latencies_ms: dict[str, defaultdict[str, list[float]]] = field(
        default_factory=lambda: {name: defaultdict(list) for name in PASSES}
    )
    examples: dict[str, str] = field(default_factory=dict)
    truncated: int = 0

    def note(self, name: str, level: str, latency_ms: float) -> None:
        self.latencies_ms[name][level].append(latency_ms)

    def count(self, name: str) -> int:
        return sum(map(len, self.latencies_ms[name].values()))

    def hit_rate(self, name: str) -> float:
        """Share of the answers of a pass that came from the cache; NaN before the first."""
        answered = self.count(name)
        hits = sum(len(self.latencies_ms[name][level]) for level in HITS)
        return hits / answered if answered else float("nan")

    def of(self, level: str) -> list[float]:
        return [ms for levels in self.latencies_ms.values() for ms in levels[level]]


class Quick:
    name = "quick"
    summary = "Try a running product: real prompts twice and paraphrased; levels, times, hit rate."
    goals = ()

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--base-url", default=BASE_URL, help=f"of the product ({BASE_URL})")
        parser.add_argument(
            "--key", help="its key (default: dev-key in SEMCACHE_HOME or .semcache)"
        )
        parser.add_argument("--prompts", type=int, default=20, help="how many (20)")
        parser.add_argument(
            "--data", type=Path, metavar="DIR", help="take them from DIR/prompts_chat.jsonl.gz"
        )
        parser.add_argument("--model", help="to ask (default: the first chat model it lists)")
        parser.add_argument(
            "--max-tokens",
            type=int,
            help="of an answer (default: no limit); cut answers are not cached",
        )
        parser.add_argument("--connections", type=int, default=1, help="at the same time (1)")

    def run(self, options: argparse.Namespace) -> Findings:
        questions = _questions(options)
        key = options.key or product.dev_key()
        base_url = options.base_url.rstrip("/")
        model = _model(base_url, key=key, wanted=options.model)
        book = Book()
        caller = _Caller(
            base_url,
            key=key,
            model=model,
            max_tokens=options.max_tokens,
            connections=options.connections,
            book=book,
        )
        interrupted = False
        try:
            asyncio.run(caller.ask_all(questions))
        except KeyboardInterrupt:
            interrupted = True
        show(book, model=model, console=Console())
        findings = found(book)
        findings.interrupted = interrupted
        if book.truncated:
            findings.remarks.append(
                f"Answers cut at their limit, which are not kept: {book.truncated}."
            )
        if interrupted:
            findings.remarks.append("Interrupted: these are the figures of a part.")
        return findings


class _Caller:
    """Asks the questions pass by pass and notes what came back."""

    def __init__(
        self,
        base_url: str,
        *,
        key: str,
        model: str,
        max_tokens: int | None,
        connections: int,
        book: Book,
    ) -> None:
        self._url = f"{base_url}/chat/completions"
        self._headers = {"authorization": f"Bearer {key}"}
        self._fixed = {"model": model, **({"max_tokens": max_tokens} if max_tokens else {})}
        self._turns = asyncio.Semaphore(connections)
        self._book = book

    async def ask_all(self, questions: list[prompts.Question]) -> None:
        texts = [question.text for question in questions]
        passes = {
            "first": texts,
            "again": texts,
            "paraphrased": [text for question in questions for text in question.paraphrases],
        }
        columns = (TextColumn("{task.description:12}"), BarColumn(), MofNCompleteColumn())
        bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
        async with httpx.AsyncClient(headers=self._headers, timeout=TIMEOUT_S) as client:
            with bar:
                for name, asked in passes.items():
                    await self._pass(client, name, asked, bar=bar)

    async def _pass(
        self, client: httpx.AsyncClient, name: str, asked: list[str], *, bar: Progress
    ) -> None:
        task = bar.add_task(name, total=len(asked))

        async def ask(text: str) -> None:
            async with self._turns:
                await self._ask(client, name, text)
            bar.advance(task)

        async with asyncio.TaskGroup() as group:
            for text in asked:
                group.create_task(ask(text))

    async def _ask(self, client: httpx.AsyncClient, name: str, text: str) -> None:
        body = {**self._fixed, "messages": [{"role": "user", "content": text}]}
        began_at = time.perf_counter()
        try:
            answer = await client.post(self._url, json=body)
        except httpx.TransportError as error:
            level = f"error {type(error).__name__}"
        else:
            level = answer.headers.get("x-semcache", "no x-semcache header")
            if answer.status_code != 200:
                level = f"error {answer.status_code}"
                self._book.examples.setdefault(level, answer.text[:300])
            self._book.truncated += b'"finish_reason":"length"' in answer.content.replace(b" ", b"")
        self._book.note(name, level, (time.perf_counter() - began_at) * 1000)


def show(book: Book, *, model: str, console: Console) -> None:
    """Print level, count, p50 and p99 of each pass, and its hit rate."""
    table = Table("pass", "level", title=f"quick, model {model}", title_justify="left")
    for heading in ("count", "p50 ms", "p99 ms", "share"):
        table.add_column(heading, justify="right")
    for name in PASSES:
        answered = book.count(name)
        for level, values in sorted(book.latencies_ms[name].items()):
            if values:
                times = (number(measure.p50(values)), number(measure.p99(values)))
                share = f"{len(values) / answered:.0%}"
                table.add_row(name, level, str(len(values)), *times, share)
        if answered:
            rate = f"{book.hit_rate(name):.0%}"
            table.add_row(name, "hit rate", str(answered), "", "", rate, style="bold")
            table.add_section()
    console.print(table)
    for level, text in book.examples.items():
        console.print(f"{level}: {text}", markup=False, soft_wrap=True)


def found(book: Book) -> Findings:
    findings = Findings()
    for name in PASSES:
        findings.add(f"hit_rate_{name}", book.hit_rate(name))
    for level in ("hit-exact", "hit-semantic", "miss"):
        name = level.removeprefix("hit-")
        values = book.of(level)
        findings.add(f"{name}_count", len(values))
        findings.add(f"{name}_p50_ms", measure.p50(values))
        findings.add(f"{name}_p99_ms", measure.p99(values))
    levels = {level for levels in book.latencies_ms.values() for level in levels}
    errors = sum(len(book.of(level)) for level in levels if level.startswith("error"))
    findings.add("errors", errors)
    return findings


def _questions(options: argparse.Namespace) -> list[prompts.Question]:
    known = prompts.chat(options.data) if options.data else prompts.builtin()
    random.Random(options.seed).shuffle(known)
    return known[: options.prompts]


def _model(base_url: str, *, key: str, wanted: str | None) -> str:
    """Find a chat model, and out at once whether the product answers and takes the key.

    Raises:
        ProductError: It does not.
    """
    try:
        answer = httpx.get(
            f"{base_url}/models", headers={"authorization": f"Bearer {key}"}, timeout=30
        )
    except httpx.TransportError as error:
        raise ProductError(
            f"nobody answers at {base_url} ({error}); start it with `make run`, or pass --base-url"
        ) from error
    if answer.status_code in {401, 403}:
        raise ProductError(f"{base_url} refuses the key; pass the right one with --key")
    if answer.status_code != 200:
        raise ProductError(f"{base_url}/models answered {answer.status_code}: {answer.text[:300]}")
    if wanted:
        return wanted
    for listed in answer.json()["data"]:
        if "embedding" not in str(listed.get("kind") or listed["id"]):
            return str(listed["id"])
    raise ProductError(f"{base_url} lists no chat model; pass --model")
