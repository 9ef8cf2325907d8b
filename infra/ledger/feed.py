"""The feed: every event of the ledger in its one order, for those who build on it.

Personal values stay what the ledger holds of them: commitments.  What a reader did with an event and how far it has
come are written in one transaction (``advance``), so each event counts exactly once, whenever the process ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection = asyncpg.Connection | PoolConnectionProxy
"""A connection, of a pool or not."""

CHANNEL = "mianzheng_feed"

EVENT = """
    SELECT l.index, e.event_id, e.stream, e.application_no, e.position, e.sequence, e.type, e.occurred_at,
           e.recorded_at, e.canonical,
           coalesce(e.sequence <= before.sequence, false) AS branches,
           EXISTS (
               SELECT FROM ledger.event later
               WHERE later.stream = e.stream AND later.position > e.position AND later.sequence <= e.sequence
           ) AS superseded
    FROM ledger.leaf l
    JOIN ledger.event e ON e.event_id = l.event_id
    LEFT JOIN ledger.event before ON before.stream = e.stream AND before.position = e.position - 1
"""
READ = EVENT + "WHERE l.index >= $1 AND l.index < $1 + $2 ORDER BY l.index"
RESETS = """
    SELECT l.index, b.sequence
    FROM (
        SELECT e.event_id, e.position, e.sequence, lag(e.sequence) OVER (ORDER BY e.position) AS before
        FROM ledger.event e WHERE e.stream = $1 AND e.position <= $2
    ) AS b
    JOIN ledger.leaf l ON l.event_id = b.event_id
    WHERE b.sequence <= b.before ORDER BY b.position
"""
THESE = EVENT + "WHERE l.index = ANY ($1) ORDER BY l.index"
OF_EVENT = "SELECT index FROM ledger.leaf WHERE event_id = $1"
OF_PLACE = """
    SELECT l.index FROM ledger.event e JOIN ledger.leaf l ON l.event_id = e.event_id
    WHERE e.stream = $1 AND e.sequence = $2 ORDER BY e.position DESC LIMIT 1
"""


@dataclass(frozen=True)
class FeedEvent:
    """One event at its place in the feed."""

    index: int
    event_id: UUID
    stream: str
    application_no: str
    position: int
    sequence: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    canonical: str
    """As the ledger keeps it: RFC 8785, a commitment where a personal value was."""
    branches: bool
    """It begins a branch after a reset: what came before it in its stream with ``sequence`` or more is replaced.

    This follows from what precedes it alone, so a reader that builds itself anew sees the same.
    """
    superseded: bool
    """A later branch has replaced it by the time of reading; its successor with ``branches`` is in the feed too."""


class NotSequenced(TimeoutError):
    """The event has no place in the feed yet; the sequencer is behind or does not run."""


async def read(source: asyncpg.Pool | Connection, after: int, limit: int) -> list[FeedEvent]:
    """At most ``limit`` events that follow index ``after`` (-1: from the first), in order."""
    return [FeedEvent(**row) for row in await source.fetch(READ, after + 1, limit)]


async def read_these(source: asyncpg.Pool | Connection, indexes: Sequence[int]) -> list[FeedEvent]:
    """The events at these places, in order."""
    return [FeedEvent(**row) for row in await source.fetch(THESE, indexes)] if indexes else []


async def resets(source: asyncpg.Pool | Connection, event: FeedEvent) -> list[tuple[int, int]]:
    """Every branch of the event's stream up to the event: index and sequence of its first event, in order."""
    return [(row["index"], row["sequence"]) for row in await source.fetch(RESETS, event.stream, event.position)]


async def head(source: asyncpg.Pool | Connection) -> int:
    """The index of the last event, -1 for an empty feed."""
    index: int = await source.fetchval("SELECT coalesce(max(index), -1) FROM ledger.leaf")
    return index


async def wait_for(
    pool: asyncpg.Pool,
    event_id: UUID | None = None,
    *,
    stream: str | None = None,
    sequence: int | None = None,
    seconds: float = 5.0,
    poll_seconds: float = 0.02,
) -> int:
    """The index of an event, waited for; named by its id, or by stream and sequence (the one that stands).

    Raises NotSequenced when it has none after ``seconds``.
    """
    query, named = (OF_EVENT, (event_id,)) if event_id is not None else (OF_PLACE, (stream, sequence))
    return await _until(lambda: pool.fetchval(query, *named), seconds, poll_seconds)


async def wait_for_consumer(
    pool: asyncpg.Pool, name: str, index: int, *, seconds: float = 5.0, poll_seconds: float = 0.02
) -> None:
    """Wait until a consumer has taken the event at ``index``.  Raises NotSequenced when it has not by then."""
    taken = "SELECT next_index FROM ledger.consumer WHERE name = $1 AND next_index > $2"
    await _until(lambda: pool.fetchval(taken, name, index), seconds, poll_seconds)


async def _until(ask: Callable[[], Awaitable[int | None]], seconds: float, poll_seconds: float) -> int:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (found := await ask()) is None:  # noqa: ASYNC110 - what is waited for happens in another process
                await asyncio.sleep(poll_seconds)
            return found
    raise NotSequenced


Take = Callable[[Connection, Sequence[FeedEvent]], Awaitable[None]]
"""What a consumer does with events: everything it writes goes over the connection it is given."""


async def advance(connection: Connection, name: str, take: Take, limit: int = 500) -> int | None:
    """Let a consumer take its next events; how many they were, ``None`` while another process takes them.

    One transaction: its writes and its cursor are kept together or not at all.
    """
    async with connection.transaction():
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM ledger.consumer WHERE name = $1)", name):
            await connection.execute("INSERT INTO ledger.consumer (name) VALUES ($1) ON CONFLICT DO NOTHING", name)
        next_index = await connection.fetchval(
            "SELECT next_index FROM ledger.consumer WHERE name = $1 FOR UPDATE SKIP LOCKED", name
        )
        if next_index is None:
            return None
        events = await read(connection, next_index - 1, limit)
        if events:
            await take(connection, events)
            await connection.execute(
                "UPDATE ledger.consumer SET next_index = $2, moved_at = clock_timestamp() WHERE name = $1",
                name,
                events[-1].index + 1,
            )
        return len(events)


async def catch_up(connection: Connection, name: str, take: Take) -> int:
    """Let a consumer take all that it lacks; how many events they were.  It ends where another process takes them."""
    taken = 0
    while count := await advance(connection, name, take):
        taken += count
    return taken


class Bell:
    """Rings when the feed has grown: ``wait`` returns then, and at the latest after the time given.

    Without ``listen`` (a connection pooler that shares sessions between clients) it is only the time.
    """

    def __init__(self, pool: asyncpg.Pool, *, listen: bool = True) -> None:
        self._pool = pool
        self._listen = listen
        self._rung = asyncio.Event()
        self._connection: Any = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await connection.remove_listener(CHANNEL, self._ring)
            await self._pool.release(connection)

    async def wait(self, seconds: float) -> None:
        """Wait for the next ring since the last call."""
        await self._ready()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), seconds)
        self._rung.clear()

    async def _ready(self) -> None:
        if self._connection is not None and self._connection.is_closed():
            await self.__aexit__()
        if self._listen and self._connection is None:
            connection = await self._pool.acquire()
            try:
                await connection.add_listener(CHANNEL, self._ring)
            except BaseException:
                await self._pool.release(connection)
                raise
            self._connection = connection
            self._rung.set()  # what came before is not known

    def _ring(self, *_: object) -> None:
        self._rung.set()
