"""The fake provider as a process: bind, say where, serve until SIGINT or SIGTERM."""

import argparse
import logging
import socket

import uvicorn

from benchmarks.upstream import app, behaviors
from benchmarks.upstream.pace import Pace

LISTENING = "fake provider listens on "


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.upstream",
        description="A fake OpenAI-compatible provider. Model names choose what it does: "
        + ", ".join(behaviors.BEHAVIORS)
        + ". Any name that does not begin with fake- is a good model.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free one")
    parser.add_argument("--delay-ms", type=float, default=50, help="to the first token (50)")
    parser.add_argument("--tokens", type=int, default=8, help="chunks an answer (8)")
    parser.add_argument("--token-interval-ms", type=float, default=0, help="between tokens (0)")
    parser.add_argument("--dimensions", type=int, default=384, help="of embeddings (384)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    arguments = parse(argv)
    pace = Pace(
        delay_s=arguments.delay_ms / 1000,
        tokens=arguments.tokens,
        token_interval_s=arguments.token_interval_ms / 1000,
        dimensions=arguments.dimensions,
    )
    bound = socket.create_server((arguments.host, arguments.port), backlog=2048)
    config = uvicorn.Config(
        app=None,  # type: ignore[arg-type]  # the application needs the server; set below
        log_level=logging.CRITICAL,  # an answer cut on purpose is no error here
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    config.app = app.App(pace=pace, connections=lambda: len(server.server_state.connections))
    print(f"{LISTENING}http://{arguments.host}:{bound.getsockname()[1]}", flush=True)
    server.run(sockets=[bound])


if __name__ == "__main__":
    main()
