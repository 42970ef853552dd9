from collections.abc import Sequence
from typing import Any, Protocol


class Scripts(Protocol):
    """Runs Lua in Redis."""

    async def script(self, text: bytes, keys: Sequence[str | bytes], values: Sequence[Any]) -> Any:
        """Run a script by its text.

        Raises:
            CacheFaultError: Redis is away.
        """
