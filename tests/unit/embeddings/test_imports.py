import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import embeddings

CHECKOUT = Path(embeddings.__file__).parents[1]
MODULES = sorted(
    module.name for module in pkgutil.walk_packages(embeddings.__path__, prefix="embeddings.")
)
FORBIDDEN = ("torch", "sentence_transformers", "django", "redis", "httpx")


@pytest.mark.parametrize("asked", ["import", "encode"])
def test_neither_importing_the_package_nor_the_default_encoder_loads_torch(asked: str) -> None:
    lines = (
        [f"import {name}" for name in MODULES]
        if asked == "import"
        else [
            "from embeddings.encoders.onnx import OnnxEncoder",
            "OnnxEncoder().encode(['hello'])",
        ]
    )
    lines += ["import sys", f"print([name for name in {FORBIDDEN!r} if name in sys.modules])"]

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(lines)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "embeddings.encoders.sentence" in MODULES
    assert done.stdout.strip() == "[]"
