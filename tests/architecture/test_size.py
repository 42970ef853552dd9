"""STYLE.md, rules 1, 3, 4 and 24: what one can hold in the head."""

import ast
from pathlib import Path

import pytest

from tests.architecture import source
from tests.architecture.source import Module

MODULE_LINES, FUNCTION_LINES, FOLDER_LEVELS = 300, 50, 2
VAGUE = {"utils", "helpers", "managers", "common", "misc"}

# Packages whose __init__ does more than map: Django looks for its models there.
NOT_A_MAP = {"semcache/models/__init__.py"}
# Files that Django looks for by name need no word.
DJANGOS = {"admin", "apps", "checks", "management", "migrations", "urls", "commands"}


@pytest.mark.parametrize("module", source.modules(), ids=lambda module: module.path)
def test_a_module_and_its_functions_can_be_read_at_a_sitting(module: Module) -> None:
    assert module.text.count("\n") <= MODULE_LINES
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert not long


def test_folders_are_at_most_two_levels_deep_and_named_for_what_they_hold() -> None:
    paths = [Path(module.path) for module in source.modules()]

    assert not [path for path in paths if len(path.parts) - 2 > FOLDER_LEVELS]
    assert not [path for path in paths if VAGUE & {*path.parts, path.stem}]


packages = [module for module in source.modules() if module.is_package]


@pytest.mark.parametrize("package", packages, ids=lambda module: module.path)
def test_a_package_opens_with_a_map_and_nothing_else(package: Module) -> None:
    if package.path.endswith("commands/__init__.py") and not package.text:
        return
    docstring = ast.get_docstring(package.tree)

    assert docstring
    assert package.path in NOT_A_MAP or len(package.tree.body) == 1


@pytest.mark.parametrize("package", packages, ids=lambda module: module.path)
def test_a_map_names_every_module_where_it_names_any(package: Module) -> None:
    folder = (source.ROOT / package.path).parent
    names = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"} - DJANGOS
    names |= {path.parent.name for path in folder.glob("*/__init__.py")} - DJANGOS
    docstring = ast.get_docstring(package.tree) or ""
    listed = {line.split()[0].rstrip(":,/") for line in docstring.splitlines() if "  " in line}
    if not names & listed:
        return

    assert not {name for name in names if name not in docstring.replace("/", " ")}
