"""An access token that a process obtains once and keeps until shortly before it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

_EARLY_SECONDS = 30.0
"""A token is given up this long before it ends, so that none ends under way."""


class Token:
    """``obtain`` gives a new token and the seconds it lives; what it raises reaches whoever asked."""

    def __init__(self, obtain: Callable[[], Awaitable[tuple[str, float]]]) -> None:
        self._obtain = obtain
        self._value = ""
        self._good_until = 0.0
        self._lock = asyncio.Lock()

    async def current(self) -> str:
        """The token; obtained first where there is none or it ends soon."""
        return self._value if self._is_good() else await self.instead_of("")

    async def instead_of(self, refused: str) -> str:
        """Another token than the one just refused; many who were refused at once obtain one between them."""
        async with self._lock:
            if not self._is_good() or self._value == refused:
                value, seconds = await self._obtain()
                self._value = value
                self._good_until = time.monotonic() + seconds - min(_EARLY_SECONDS, seconds / 2)
            return self._value

    def _is_good(self) -> bool:
        return time.monotonic() < self._good_until
