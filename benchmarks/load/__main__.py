"""The load generator's process: one plan a line in, one sample a line out, until end of input."""

import sys

import msgspec
import uvloop

from benchmarks.load import driver
from benchmarks.load.plan import Plan, Sample


async def _run(plan: Plan) -> Sample:
    return await driver.Driver(plan).run()


def main() -> None:
    for line in sys.stdin.buffer:
        plan = msgspec.json.decode(line, type=Plan)
        try:
            answer = msgspec.json.encode({"sample": uvloop.run(_run(plan))})
        except OSError as error:
            answer = msgspec.json.encode({"error": f"{plan.host}:{plan.port}: {error}"})
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
