"""The name of a pair of questions, the same in either order. Postgres computes the same one."""

import hashlib


def name(asked: str, stored: str) -> bytes:
    """Name a pair: 32 bytes, SHA-256 over both texts, the lesser first by bytes."""
    first, second = sorted((asked.encode(), stored.encode()))
    return hashlib.sha256(first + b"\x1f" + second).digest()
