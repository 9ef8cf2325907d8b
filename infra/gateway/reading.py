"""What comes in is bounded in size and in time, whoever reads it: a middleware before everything else."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_JSON = 1024 * 1024
"""An application with fifty parties and all their facts is well below."""
LARGEST_FILE = 20 * 1024 * 1024
"""As much as the platforms' own files (``infra.platforms.transport``)."""
LARGEST_BATCH = 32 * 1024 * 1024
PATIENCE_SECONDS = 20.0
"""Between two pieces of a body; who sends slower than that only holds a connection."""

WHOLE_SECONDS = 300.0
"""For all of a body: the largest file at 70 KiB a second.  One byte now and then would hold a place for hours."""


class TooLarge(HTTPException):
    """The body is larger than is taken here."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"{limit // 1024} KiB")


class TooSlow(HTTPException):
    """The body did not go on."""

    def __init__(self) -> None:
        super().__init__(408)


def largest(path: str) -> int:
    """How many bytes are taken at an address."""
    if path.startswith("/applications/"):
        if path.endswith("/evidence"):
            return LARGEST_FILE
        if path == "/applications/batch":
            return LARGEST_BATCH
    if path == "/submissions":
        return LARGEST_FILE
    return LARGEST_JSON


class Bounded:
    """ASGI middleware; raises TooLarge and TooSlow where the body is read."""

    def __init__(
        self, app: ASGIApp, patience_seconds: float = PATIENCE_SECONDS, whole_seconds: float = WHOLE_SECONDS
    ) -> None:
        self._app = app
        self._patience = patience_seconds
        self._whole = whole_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = largest(scope["path"])
        clock = asyncio.get_running_loop().time
        taken, complete, ends = 0, False, 0.0

        async def bounded() -> Message:
            nonlocal taken, complete, ends
            if complete:  # what follows is only the news that the caller has gone
                return await receive()
            ends = ends or clock() + self._whole
            try:
                async with asyncio.timeout(min(self._patience, ends - clock())):
                    message = await receive()
            except TimeoutError:
                complete = True
                raise TooSlow from None
            taken += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if taken > limit:
                raise TooLarge(limit)
            return message

        await self._app(scope, bounded, send)
