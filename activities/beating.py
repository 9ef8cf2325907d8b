"""A heartbeat beside the work: that the process lives and its loop turns, and how far it has got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from temporalio import activity

EVERY = 10.0
"""Seconds."""


@asynccontextmanager
async def beating(progress: Callable[[], object] = lambda: None) -> AsyncIterator[None]:
    """Heartbeat the running activity until the block is left; ``progress`` (JSON, nothing personal) goes along.

    A cancelled or timed-out activity learns of it at a heartbeat: the block is cancelled then.
    """

    async def beat() -> None:
        while True:
            activity.heartbeat(progress())
            await asyncio.sleep(EVERY)

    task = asyncio.ensure_future(beat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
