"""Request bodies and load plans for the chat endpoint."""

import json

from benchmarks.load.plan import Plan
from benchmarks.product import Product


def body(prompt: str, *, model: str, stream: bool = False) -> str:
    """Write the JSON body of a chat completion of one user message."""
    body = {"model": model, "messages": [{"role": "user", "content": prompt}]}
    return json.dumps({**body, "stream": True} if stream else body, ensure_ascii=False)


def plan(
    product: Product,
    bodies: list[str],
    *,
    connections: int,
    duration_s: float | None = None,
    headers: dict[str, str] | None = None,
) -> Plan:
    """Send the bodies to the product: each once, or in turn for `duration_s`."""
    return Plan(
        host=product.host,
        port=product.port,
        path=product.path,
        headers={**product.headers, **(headers or {})},
        bodies=bodies,
        connections=connections,
        duration_s=duration_s,
    )
