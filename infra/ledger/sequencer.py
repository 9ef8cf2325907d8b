"""The sequencer: gives every event its leaf, away from the append, one at a time by the database's own lock.

Each batch is one statement and one transaction: the lease lasts as long as the batch, whoever dies in it leaves
nothing behind, and any number of processes may try.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import asyncpg

BATCH = 5000
BATCH_SECONDS = 600.0
"""A batch takes whole transactions; one that loaded millions of rows is one batch."""


async def sequence(pool: asyncpg.Pool, limit: int = BATCH) -> int | None:
    """Give leaves to about ``limit`` events that have none; how many, ``None`` while another process does it.

    What was committed before the call has its leaf when it gives fewer than ``limit``.
    """
    given: int | None = await pool.fetchval("SELECT ledger.sequence_events($1)", limit, timeout=BATCH_SECONDS)
    return given


async def run(pool: asyncpg.Pool, stopping: asyncio.Event, poll_seconds: float, limit: int = BATCH) -> None:
    """Sequence until told to stop; looks again at once while there is more.  Errors of the connection pass through."""
    while not stopping.is_set():
        given = await sequence(pool, limit)
        if given is None or given < limit:
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), poll_seconds)
