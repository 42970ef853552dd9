import json
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.upstream import server

Figures = dict[str, float]


def figures(name: str, *options: str, folder: Path) -> Figures:
    """Run a scenario through the command line and read what it wrote."""
    result = folder / "result.json"
    assert command.main([name, *options, "--json", str(result)]) == 0
    measured: Figures = json.loads(result.read_text())["figures"]
    return measured


def test_hot_path_compares_exact_hits_with_the_bare_application(
    imitation: str, redis_url: str, tmp_path: Path
) -> None:
    product = ("--base-url", imitation, "--key", "right", "--redis-url", redis_url)
    short = ("--rounds", "2", "--seconds", "0.2", "--prompts", "5", "--server", "uvicorn")

    measured = figures("hot-path", *product, *short, folder=tmp_path)

    ratio = measured["exact_rps_c32"] / measured["bare_rps_c32"]
    assert measured["throughput_to_bare_c32"] == pytest.approx(ratio, rel=0.5)
    for name in ("p50_to_bare_c1", "exact_p50_ms_c1", "exact_p99_ms_c1", "exact_p99_ms_c32"):
        assert measured[name] > 0


def test_hot_path_refuses_to_measure_what_is_no_hit(
    upstream: server.Upstream, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    product = ["--base-url", upstream.base_url, "--key", "right", "--redis-url", redis_url]

    assert command.main(["hot-path", *product, "--prompts", "1"]) == 1
    assert "no exact hit" in capsys.readouterr().err


def test_semantic_compares_with_the_encoder_on_texts_that_were_never_sent(
    imitation: str, tmp_path: Path
) -> None:
    product = ("--base-url", imitation, "--key", "right")
    short = ("--rounds", "1", "--hits", "5", "--hits-c32", "64")

    measured = figures("semantic", *product, *short, folder=tmp_path)

    added = measured["semantic_p50_ms_c1"] - measured["encoder_p50_ms"]
    assert measured["added_to_encoder_p50_ms"] == pytest.approx(added)
    assert (measured["asked"], measured["not_semantic"]) == (69, 0)


def test_miss_compares_with_the_provider_on_prompts_that_nobody_asked(
    imitation: str, upstream: server.Upstream, tmp_path: Path
) -> None:
    product = ("--base-url", imitation, "--key", "right", "--upstream-url", upstream.base_url)
    short = ("--rounds", "2", "--misses", "3", "--misses-c32", "32")
    upstream.reset()

    measured = figures("miss", *product, *short, folder=tmp_path)

    assert (measured["failed"], measured["not_missed"]) == (0, 0)
    for name in ("added_p50_ms", "added_p99_ms_c32", "throughput_to_direct_c32"):
        assert name in measured
    bodies = [json.dumps(call["body"]) for call in upstream.calls()["calls"]]
    assert len(set(bodies)) == len(bodies) == 40 + 2 * 2 * (3 + 32)
