"""STYLE.md, rule 16: fakes are product code; nobody patches ours."""

import ast
from pathlib import Path

import pytest

from tests.architecture import source

paths = sorted((source.ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(source.ROOT)))
def test_no_test_patches_our_code(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith(("mock", "unittest")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith(("mock", "unittest"))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) != ("monkeypatch", "setattr")
