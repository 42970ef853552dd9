"""STYLE.md, rules 9, 10, 14 and 21: what has one home, and what is far from I/O."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import source
from tests.architecture.source import Module

HOMES = {
    "faiss": ("embeddings/indexes/hnsw.py",),
    # cross: the other kind of model of that library; tuning: the one that trains it.
    "sentence_transformers": ("embeddings/encoders/sentence.py", "embeddings/encoders/cross.py"),
    "torch": ("embeddings/encoders/cross.py", "embeddings/encoders/tuning.py"),
    "onnxruntime": ("embeddings/encoders/onnx.py",),
    "httpx": ("semcache/providers/", "benchmarks/"),
    "prometheus_client": ("semcache/metrics/",),
    "dramatiq": (
        "semcache/worker.py",
        "core/worker.py",
        "core/broker.py",
        "semcache/flight/queue.py",
    ),
}


@pytest.mark.parametrize("library", HOMES)
def test_a_vendors_library_is_imported_at_home_only(library: str) -> None:
    users = {
        module.path
        for module in source.modules()
        if any(name.split(".")[0] == library for name in source.imported(module))
    }

    assert {path for path in users if not path.startswith(HOMES[library])} == set()
    assert users or library == "torch", "the table names a library that is gone"


PURE = (
    "semcache/types/answer.py",
    "semcache/types/completion.py",
    "semcache/errors.py",
    "semcache/keys.py",
    "semcache/policy/rules.py",
    "semcache/levels/verify/decision.py",
    "semcache/levels/freshness.py",
    "semcache/levels/record.py",
    "semcache/api/parsing.py",
    "semcache/api/controls.py",
    "warmers/planner.py",
)
WORLDLY = {"asyncio", "datetime", "os", "pathlib", "random", "secrets", "socket", "threading"}
WORLDLY |= {"subprocess", "time", "uuid", "logging", "django", "redis", "psycopg", "httpx"}


@pytest.mark.parametrize("path", PURE)
def test_what_thinks_does_no_io_and_takes_no_clock(path: str) -> None:
    (module,) = (module for module in source.modules() if module.path == path)

    assert not {name.split(".")[0] for name in source.imported(module)} & WORLDLY


# Who may look at the environment, and why.
READERS = {
    "core/env.py": "the typed readers",
    "core/lineup.py": "hands it on to the processes it starts",
    "core/services/base.py": "hands it on to the servers it starts",
    "semcache/providers/catalog.py": "the keys that the providers file names",
}


TOLD = {"DJANGO_SETTINGS_MODULE", "ORT_DISABLE_TELEMETRY"}


def reads_environment(module: Module) -> bool:
    """Whether it touches os.environ other than to tell a library how to behave."""
    named = {
        id(node.func.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "setdefault"
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value in TOLD
    }
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        for node in ast.walk(module.tree)
        if id(node) not in named
    )


def test_the_environment_is_read_in_few_places() -> None:
    readers = {
        module.path
        for module in source.modules()
        if reads_environment(module) and not module.path.startswith("benchmarks/")
    }

    assert readers == set(READERS)


def test_conf_is_the_only_reader_of_settings() -> None:
    readers = {
        module.path
        for module in source.modules()
        if module.path.startswith(("semcache/", "warmers/"))
        and any(name.startswith("django.conf") for name in source.imported(module))
    }

    assert readers <= {"semcache/conf.py", "semcache/api/urls.py"}
    assert "semcache/conf.py" in readers


def loaded_by(program: str, home: Path) -> set[str]:
    """Name the modules that a fresh process has loaded after `program`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"],
        cwd=source.ROOT,
        env={"PATH": "/usr/bin:/bin", "SEMCACHE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("program", ["import core.asgi", "import core.worker"])
def test_no_process_loads_torch_before_a_model_of_its_kind_is_asked_for(
    program: str, tmp_path: Path
) -> None:
    loaded = loaded_by(program, tmp_path)

    assert "semcache.wiring.web" in loaded
    assert not loaded & {"torch", "sentence_transformers", "transformers", "genai_prices"}


def test_the_web_half_does_not_load_the_worker_half(tmp_path: Path) -> None:
    loaded = loaded_by("import core.asgi", tmp_path)

    assert "semcache.flight.queue" in loaded
    assert not loaded & {"semcache.worker", "core.worker"}


def test_importing_the_product_starts_and_writes_nothing(tmp_path: Path) -> None:
    program = "import core.asgi, core.worker, threading\nassert threading.active_count() == 1"

    loaded_by(program, tmp_path / "home")

    assert not (tmp_path / "home").exists()
