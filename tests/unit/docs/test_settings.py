"""The reference of settings and the readers of settings name the same variables and defaults."""

import ast
import re
from pathlib import Path
from typing import TypeGuard

CHECKOUT = Path(__file__).resolve().parents[3]
REFERENCE = CHECKOUT / "docs/reference/settings.md"
READERS = ("core/settings.py", "core/home.py", "core/lineup.py", "core/product.py")
DERIVED = {"SEMCACHE_HOME"}  # its default is a place, said in words


def documented() -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z_]+)` \|[^|]*\| (.*?) \|", REFERENCE.read_text(), re.MULTILINE)
    assert len(rows) == len({name for name, _ in rows}), "a variable stands in two rows"
    return dict(rows)


def read_by_the_code() -> dict[str, ast.Call]:
    """Find `env.text("NAME", default, …)` and its siblings."""
    found: dict[str, ast.Call] = {}
    for path in READERS:
        for node in ast.walk(ast.parse((CHECKOUT / path).read_text())):
            if is_reader(node) and node.args and isinstance(node.args[0], ast.Constant):
                found.setdefault(str(node.args[0].value), node)
    return found


def is_reader(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
    )


def default(call: ast.Call) -> object:
    given = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "default")]
    if not given or (isinstance(given[0], ast.Call)):
        return None
    return eval(compile(ast.Expression(given[0]), "default", "eval"), {})  # noqa: S307


def test_every_variable_that_is_read_is_documented_and_no_other() -> None:
    assert documented().keys() == read_by_the_code().keys()


def test_the_documented_defaults_are_the_code_s() -> None:
    said, wrong = documented(), []
    for name, call in read_by_the_code().items():
        value = default(call)
        if value is None or value == "" or name in DERIVED:
            continue
        spelled = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        first = (re.search(r"`([^`]+)`", said[name]) or [said[name]] * 2)[1]
        if first != spelled and not same_number(first, spelled):
            wrong.append((name, spelled, said[name]))
    assert wrong == []


def same_number(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def test_secrets_are_marked_as_such() -> None:
    secret = {
        name
        for name, call in read_by_the_code().items()
        if isinstance(call.func, ast.Attribute) and call.func.attr == "secret"
    }
    rows = re.findall(r"^\| `([A-Z_]+)` \| secret \|", REFERENCE.read_text(), re.MULTILINE)
    assert set(rows) == secret
