"""STYLE.md, rule 22: one error tree, drawn in its docstring."""

import ast
import inspect
import re

from semcache import errors
from tests.architecture import source


def drawn() -> dict[str, str | None]:
    """Read the tree in the docstring: each class and its parent."""
    found: dict[str, str | None] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if named := re.match(r"^([│├└─ ]*)([A-Z]\w+Error)\b", line):
            level = len(named[1]) // 4
            above = [*above[:level], named[2]]
            found[named[2]] = above[-2] if level else None
    return found


def test_the_docstring_draws_the_tree_as_it_is() -> None:
    real = {
        name: None if kind is errors.SemcacheError else kind.__base__.__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == errors.__name__ and kind.__base__ is not None
    }

    assert drawn() == real


def test_semcaches_own_errors_stand_in_the_tree() -> None:
    """Besides it, only what never leaves its module, and the door's word for a caller gone."""
    outside = {
        f"{module.path}: {node.name}"
        for module in source.modules()
        if module.path.startswith("semcache/") and module.path != "semcache/errors.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        and any(
            isinstance(base, ast.Name) and base.id.endswith(("Error", "Exception"))
            for base in node.bases
        )
        and not node.name.startswith("_")
    }

    assert outside == {"semcache/api/entrance.py: HungUpError"}
