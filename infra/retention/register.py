"""The register's streams of orders: read, and gone on with, one process at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from infra.ledger.register import enter
from infra.ledger.trail import masked_event
from infra.ledger.writer import PostgresLedger
from schemas.application import Actor
from schemas.erasure import HoldPlaced
from schemas.events import Event
from schemas.register import RegisterBody, register_events
from schemas.retention import holds_that_stand

STREAM = "SELECT canonical FROM ledger.event WHERE stream = $1 ORDER BY position"
HOLDS = """
    SELECT canonical FROM ledger.event WHERE type IN ('hold_placed', 'hold_released') ORDER BY stream, position
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('mianzheng.retention', 3))"


def now() -> datetime:
    """The time of an order, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Orders:
    """Orders on record; ``actor`` is who sat at the terminal, the body of each says by whose order."""

    pool: asyncpg.Pool
    ledger: PostgresLedger
    actor: Actor
    clock: Callable[[], datetime] = now

    async def of(self, stream: str) -> tuple[Event, ...]:
        """The events of an order's stream."""
        return tuple(masked_event(row["canonical"]) for row in await self.pool.fetch(STREAM, stream))

    async def holds(self) -> tuple[HoldPlaced, ...]:
        """The holds that stand."""
        return holds_that_stand([masked_event(row["canonical"]) for row in await self.pool.fetch(HOLDS)])

    async def record(
        self, stream: str, body: RegisterBody, after: Event | None, application_no: str | None = None
    ) -> Event:
        """Put one more event on record.  Raises LedgerRefusal where another stands there."""
        [event] = register_events(
            stream, [body], actor=self.actor, at=self.clock(), application_no=application_no, after=after
        )
        await enter(self.ledger, [event])
        return event

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """What is done in it, nobody else does meanwhile: no hold comes between a check and what follows from it."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(LOCK)
            yield
