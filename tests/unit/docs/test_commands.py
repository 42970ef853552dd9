"""Commands and their options are there as the docs name them, and the docs name them all."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from benchmarks.__main__ import SCENARIOS, build_parser

CHECKOUT = Path(__file__).resolve().parents[3]
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
REFERENCE = (CHECKOUT / "docs/reference/commands.md").read_text()
OURS = sorted(
    name for name, app in get_commands().items() if app in {"core", "semcache", "warmers"}
)


def options(name: str) -> set[str]:
    command = load_command_class(get_commands()[name], name)
    parser = command.create_parser("manage.py", name)
    return set(re.findall(r"--[\w-]+", parser.format_usage()))


def own_options(name: str) -> set[str]:
    django = options("scheduler")  # has none of its own
    return options(name) - django


@pytest.mark.parametrize("name", OURS)
def test_the_reference_lists_every_option(name: str) -> None:
    part = REFERENCE.split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(--[\w-]+)", part, re.MULTILINE)) == own_options(name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_can_be_parsed_as_far_as_its_names_go(page: Path) -> None:
    for name, rest in re.findall(r"manage\.py ([a-z]\w*)([^\n`]*)", page.read_text()):
        assert name in get_commands(), f"{page.name}: manage.py {name}"
        unknown = set(re.findall(r"(?<!\S)--[\w-]+", rest)) - options(name)
        assert not unknown, f"{page.name}: manage.py {name} has no {unknown}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_benchmark_named_is_there(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, rest in re.findall(r"-m benchmarks ([a-z-]+)([^\n`]*)", page.read_text()):
        assert name in {scenario.name for scenario in SCENARIOS}, f"{page.name}: {name}"
        with pytest.raises(SystemExit):
            build_parser().parse_args([name, "--help"])
        known = set(re.findall(r"--[\w-]+", capsys.readouterr().out))
        assert set(re.findall(r"(?<!\S)--[\w-]+", rest)) <= known, f"{page.name}: {name}"
