import os
import subprocess
import sys
from pathlib import Path


def test_the_encoder_collects_nothing_about_its_user(tmp_path: Path) -> None:
    code = "from embeddings.encoders.onnx import OnnxEncoder; OnnxEncoder().encode(['hello'])"
    kept = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    subprocess.run([sys.executable, "-c", code], check=True, env={**kept, "HOME": str(tmp_path)})
    assert list(tmp_path.rglob("*")) == []
