"""The product's source, read as syntax trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "semcache", "embeddings", "warmers", "benchmarks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """`path`: relative to the checkout."""

    path: str
    text: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.path.endswith("__init__.py")


@cache
def modules() -> tuple[Module, ...]:
    """Read all modules of the product, migrations left out."""
    return tuple(_read(path) for package in PACKAGES for path in _files(package))


def _files(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    return [path for path in found if "migrations" not in path.parts]


def _read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path=str(path.relative_to(ROOT)), text=text, tree=ast.parse(text))


def imported(module: Module) -> Iterator[str]:
    """Name what a module imports, also inside functions: "a.b" for both `import a.b` and
    `from a import b`, since b may be a module.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
