"""The product's encoder alone, as a process: `python -m benchmarks.encoder`.

One task a line in, one timing a line out. It is the yardstick of the semantic level, so it is
built as the product builds it: ONNX Runtime on one thread.
"""

import sys
from time import perf_counter

import msgspec

from embeddings.encoders.onnx import OnnxEncoder

WARMING = 20


class Task(msgspec.Struct):
    """Texts to encode, `batch` at a time."""

    texts: list[str]
    batch: int = 1


class Timing(msgspec.Struct):
    """`each_ms` is one duration a batch."""

    each_ms: list[float]
    texts_per_s: float


def measure(encoder: OnnxEncoder, task: Task) -> Timing:
    each_ms = []
    for start in range(0, len(task.texts), task.batch):
        began_at = perf_counter()
        encoder.encode(task.texts[start : start + task.batch])
        each_ms.append((perf_counter() - began_at) * 1000)
    return Timing(each_ms=each_ms, texts_per_s=len(task.texts) / (sum(each_ms) / 1000))


def main() -> None:
    encoder = OnnxEncoder()
    for _ in range(WARMING):
        encoder.encode(["How do I warm an encoder before it is measured?"])
    for line in sys.stdin.buffer:
        timing = measure(encoder, msgspec.json.decode(line, type=Task))
        sys.stdout.buffer.write(msgspec.json.encode(timing) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
