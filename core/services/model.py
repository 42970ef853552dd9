"""The local model: llama.cpp's OpenAI server with SmolLM2-135M; no key, no download."""

import sys
from typing import ClassVar

from core import ports, probe
from core.home import CHECKOUT, Home
from core.services.base import Service
from core.supervision.program import Program


class Model(Service):
    name: ClassVar[str] = "model"

    def __init__(self, *, home: Home) -> None:
        super().__init__(home=home)
        self._port = ports.free()

    @property
    def url(self) -> str:
        """The base URL for an OpenAI client."""
        return f"http://127.0.0.1:{self._port}/v1"

    def program(self) -> Program:
        return Program(
            name=self.name,
            command=(sys.executable, "-m", "core.services.llama", "--port", str(self._port)),
            environment={**self._environment(), "PYTHONPATH": str(CHECKOUT), "PYTHONSAFEPATH": "1"},
            folder=self._home.path,
            log=self._home.logs / "model.log",
            answers=self.answers,
        )

    def answers(self) -> bool:
        return probe.answers(f"http://127.0.0.1:{self._port}/health")
