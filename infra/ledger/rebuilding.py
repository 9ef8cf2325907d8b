"""Building a projection of the feed anew, in one transaction: who reads meanwhile sees what was there before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from infra.ledger import feed
from infra.ledger.feed import Connection, Take

SECONDS = 600.0
"""What one statement of a rebuild may take; a relay at work is waited for, and everything is removed at once."""


@asynccontextmanager
async def emptied(pool: asyncpg.Pool, name: str, tables: Sequence[str]) -> AsyncIterator[Connection]:
    """The connection over which consumer ``name`` begins at the first event again, its ``tables`` removed in order.

    ``tables`` are names of our own, with their schema.  What is done over it is kept together with that, or not at all.
    """
    async with pool.acquire(timeout=30) as connection, connection.transaction():
        await connection.execute("INSERT INTO ledger.consumer (name) VALUES ($1) ON CONFLICT DO NOTHING", name)
        # Waits for whoever is taking events now, and keeps others out until the end.
        await connection.fetchval(
            "SELECT next_index FROM ledger.consumer WHERE name = $1 FOR UPDATE", name, timeout=SECONDS
        )
        for table in tables:
            await connection.execute(f"DELETE FROM {table}", timeout=SECONDS)  # noqa: S608
        await connection.execute("UPDATE ledger.consumer SET next_index = 0 WHERE name = $1", name)
        yield connection


async def rebuild(pool: asyncpg.Pool, name: str, tables: Sequence[str], take: Take) -> int:
    """Remove the tables and let the consumer take every event again.  Gives how many events."""
    async with emptied(pool, name, tables) as connection:
        return await feed.catch_up(connection, name, take)
