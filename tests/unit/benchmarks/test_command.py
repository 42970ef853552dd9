import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import processes
from benchmarks.scenarios import suite
from benchmarks.upstream import server


def test_every_scenario_is_listed_when_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 2

    told = capsys.readouterr().out
    assert all(scenario.name in told for scenario in command.SCENARIOS)


def test_quick_writes_what_it_found_and_exits_with_0(
    upstream: server.Upstream, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "quick.json"
    options = ["--key", "k", "--prompts", "3", "--max-tokens", "5", "--json", str(result)]
    upstream.reset()

    assert command.main(["quick", "--base-url", upstream.base_url, *options]) == 0

    written = json.loads(result.read_text())
    # The fake provider itself caches nothing.
    assert (written["scenario"], written["figures"]["hit_rate_again"]) == ("quick", 0.0)
    assert upstream.calls()["count"] == 3 + 3 + 2 * 3
    assert {call["body"]["max_tokens"] for call in upstream.calls()["calls"]} == {5}
    assert "no x-semcache header" in capsys.readouterr().out


def test_quick_says_that_nobody_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["quick", "--base-url", "http://127.0.0.1:1/v1", "--key", "k"]) == 1
    assert "nobody answers at http://127.0.0.1:1/v1" in capsys.readouterr().err


def test_quick_says_that_the_key_is_refused(
    imitation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["quick", "--base-url", imitation, "--key", "wrong"]) == 1
    assert "refuses the key" in capsys.readouterr().err


def test_quick_says_where_it_looked_for_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEMCACHE_HOME", str(tmp_path))

    assert command.main(["quick"]) == 1
    assert str(tmp_path / "dev-key") in capsys.readouterr().err


def test_errors_are_counted_and_shown_with_their_text(
    upstream: server.Upstream, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "quick.json"
    options = ["--key", "k", "--prompts", "1", "--model", "fake-401", "--json", str(result)]

    assert command.main(["quick", "--base-url", upstream.base_url, *options]) == 0
    assert json.loads(result.read_text())["figures"]["errors"] == 4
    assert "Incorrect API key provided." in capsys.readouterr().out


def test_ctrl_c_prints_what_there_is() -> None:
    with server.running(delay_ms=0) as upstream:
        words = ["quick", "--base-url", upstream.base_url, "--key", "k", "--model", "fake-stall"]
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks", *words],
            cwd=processes.CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            while upstream.calls()["open_requests"] == 0:
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            try:
                told, _ = process.communicate(timeout=30)
            finally:
                process.kill()

    assert "Interrupted: these are the figures of a part." in told
    assert process.returncode == 130


def test_miss_needs_the_provider_behind_a_running_product(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["miss", "--base-url", "http://127.0.0.1:1/v1", "--key", "k"]) == 1
    assert "--upstream-url" in capsys.readouterr().err


def test_the_suite_is_counted_from_what_pytest_wrote() -> None:
    junit = '<testsuites><testsuite tests="9" failures="1" errors="2" skipped="3"/></testsuites>'

    figures = suite.counted(junit, elapsed_s=1.5).figures
    assert figures == {"tests": 9, "tests_s": 1.5, "failed": 3, "skipped": 3}
