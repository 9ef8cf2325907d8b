"""What is owed to subscribers: taken in hand one after another in each case, noted, and owed again by hand.

A *lane* is one case for one subscription.  Whoever takes a lane in hand leases it; a process that dies loses the lease
with time, and the next one sends the same message again, under the same id.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg

from infra.ledger.feed import Connection
from infra.settings import WebhookSettings
from infra.webhooks.sender import Result
from infra.webhooks.subscriptions import Clock, now
from schemas.base import Model

CLAIM = """
    WITH due AS (
        SELECT l.subscription_id, l.application_no
        FROM webhooks.subscription s
        CROSS JOIN LATERAL (
            SELECT w.subscription_id, w.application_no, w.next_at FROM webhooks.lane w
            WHERE w.subscription_id = s.id AND w.pending > 0 AND w.next_at <= $1
              AND (w.leased_until IS NULL OR w.leased_until <= $1)
            ORDER BY w.next_at
            LIMIT greatest($4 - (
                SELECT count(*) FROM webhooks.lane o WHERE o.subscription_id = s.id AND o.leased_until > $1
            ), 0)
            FOR UPDATE SKIP LOCKED
        ) AS l
        WHERE s.state = 'active' AND (s.rests_until IS NULL OR s.rests_until <= $1)
        ORDER BY l.next_at LIMIT $3
    ), leased AS (
        UPDATE webhooks.lane l SET leased_until = $2 FROM due d
        WHERE l.subscription_id = d.subscription_id AND l.application_no = d.application_no
        RETURNING l.subscription_id, l.application_no
    )
    SELECT l.subscription_id, l.application_no, s.url, d.index, d.tries, d.first_tried_at
    FROM leased l
    JOIN webhooks.subscription s ON s.id = l.subscription_id
    CROSS JOIN LATERAL (
        SELECT p.index, p.tries, p.first_tried_at FROM webhooks.delivery p
        WHERE p.subscription_id = l.subscription_id AND p.application_no = l.application_no AND p.state = 'pending'
        ORDER BY p.index LIMIT 1
    ) AS d
"""
NOTE = """
    INSERT INTO webhooks.attempt (subscription_id, index, at, milliseconds, status, error)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
DELIVERIES = """
    SELECT d.index, e.event_id, d.application_no, e.type, d.state, d.tries, d.first_tried_at, d.ended_at,
           a.at AS last_at, a.milliseconds, a.status, a.error
    FROM webhooks.delivery d
    JOIN ledger.leaf l ON l.index = d.index
    JOIN ledger.event e ON e.event_id = l.event_id
    LEFT JOIN LATERAL (
        SELECT * FROM webhooks.attempt t
        WHERE t.subscription_id = d.subscription_id AND t.index = d.index ORDER BY t.id DESC LIMIT 1
    ) AS a ON true
    WHERE d.subscription_id = $1 AND d.index > $2 AND ($4::text IS NULL OR d.state = $4)
    ORDER BY d.index LIMIT $3
"""
RESEND = """
    WITH again AS (
        UPDATE webhooks.delivery d SET state = 'pending', tries = 0, first_tried_at = NULL, ended_at = NULL
        FROM (
            SELECT p.subscription_id, p.index FROM webhooks.delivery p
            WHERE p.subscription_id = $1 AND p.index BETWEEN $2 AND $3
              AND (p.state = 'dead' OR (p.state = 'delivered' AND NOT $4))
            FOR UPDATE
        ) AS w
        WHERE d.subscription_id = w.subscription_id AND d.index = w.index
        RETURNING d.application_no
    ), counted AS (
        SELECT a.application_no, count(*) AS more FROM again a GROUP BY a.application_no
    ), moved AS (
        UPDATE webhooks.lane l SET pending = l.pending + c.more, next_at = $5 FROM counted c
        WHERE l.subscription_id = $1 AND l.application_no = c.application_no
        RETURNING c.more
    )
    SELECT coalesce(sum(m.more), 0)::bigint FROM moved m
"""


@dataclass(frozen=True)
class Owed:
    """One message in hand."""

    subscription_id: UUID
    application_no: str
    url: str
    index: int
    tries: int
    """Before this one."""
    first_tried_at: datetime | None


class Delivery(Model):
    """One delivery as its owner sees it, with its last try."""

    index: int
    event_id: UUID
    application_no: str
    type: str
    state: Literal["pending", "delivered", "dead"]
    tries: int
    first_tried_at: datetime | None
    ended_at: datetime | None
    last_at: datetime | None
    milliseconds: int | None
    status: int | None
    error: str | None


class OwedMessages:
    """The messages owed, in PostgreSQL."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        settings: WebhookSettings,
        clock: Clock = now,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._clock = clock
        self._jitter = jitter

    async def take(self, limit: int) -> list[Owed]:
        """Take up to ``limit`` messages in hand, no two of one lane, and lease their lanes."""
        at = self._clock()
        until = at + timedelta(seconds=self._settings.lease_seconds)
        rows = await self._pool.fetch(CLAIM, at, until, limit, self._settings.parallel_per_subscription)
        return [Owed(**row) for row in rows]

    async def note(self, owed: Owed, result: Result) -> None:
        """How it went, what follows, and the lane given back: one transaction."""
        at = self._clock()
        async with self._pool.acquire() as connection, connection.transaction():
            # The lane first: everybody who touches both takes them in this order.
            await connection.execute(
                "SELECT 1 FROM webhooks.lane WHERE subscription_id = $1 AND application_no = $2 FOR UPDATE",
                owed.subscription_id,
                owed.application_no,
            )
            await _attempt(connection, owed.subscription_id, owed.index, at, result)
            ended = "delivered" if result.delivered else None if result.gone else self._spent(owed, at)
            next_at = at
            if ended is None and not result.gone:
                next_at = at + timedelta(seconds=self.pause(owed.tries, result.retry_after))
            closed = await connection.fetchval(
                "UPDATE webhooks.delivery SET state = coalesce($3, state), tries = tries + 1,"
                " first_tried_at = coalesce(first_tried_at, $4), ended_at = CASE WHEN $3 IS NULL THEN NULL ELSE $4 END"
                " WHERE subscription_id = $1 AND index = $2 AND state = 'pending' RETURNING (state <> 'pending')::int",
                owed.subscription_id,
                owed.index,
                ended,
                at,
            )
            await connection.execute(
                "UPDATE webhooks.lane SET pending = pending - $3, next_at = $4, leased_until = NULL"
                " WHERE subscription_id = $1 AND application_no = $2",
                owed.subscription_id,
                owed.application_no,
                closed or 0,
                next_at,
            )
            if result.gone:
                await connection.execute(
                    "UPDATE webhooks.subscription SET state = 'paused', reason = 'gone', changed_at = $2"
                    " WHERE id = $1 AND state = 'active'",
                    owed.subscription_id,
                    at,
                )
            elif result.retry_after is not None:
                await connection.execute(
                    "UPDATE webhooks.subscription SET rests_until = greatest(rests_until, $2) WHERE id = $1",
                    owed.subscription_id,
                    at + timedelta(seconds=result.retry_after),
                )

    async def note_test(self, subscription_id: UUID, result: Result) -> None:
        """How a test went."""
        async with self._pool.acquire() as connection:
            await _attempt(connection, subscription_id, None, self._clock(), result)

    async def deliveries(
        self, subscription_id: UUID, after: int, limit: int, state: str | None = None
    ) -> list[Delivery]:
        """Deliveries that follow a position, in order."""
        return [Delivery(**row) for row in await self._pool.fetch(DELIVERIES, subscription_id, after, limit, state)]

    async def resend(self, subscription_id: UUID, first: int, last: int, *, dead_only: bool) -> int:
        """Owe what ended again, from one position to another; how many.  Ids stay what they were."""
        at = self._clock()
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "SELECT 1 FROM webhooks.lane l WHERE l.subscription_id = $1 AND l.application_no IN ("
                " SELECT d.application_no FROM webhooks.delivery d"
                " WHERE d.subscription_id = $1 AND d.index BETWEEN $2 AND $3)"
                " ORDER BY l.application_no FOR UPDATE",
                subscription_id,
                first,
                last,
            )
            again: int = await connection.fetchval(RESEND, subscription_id, first, last, dead_only, at)
        return again

    def pause(self, tries: int, retry_after: float | None) -> float:
        """Seconds until the next try: doubled each time, the later half by chance; never less than was asked for."""
        told = self._settings
        longest = min(told.retry_initial_seconds * 2.0 ** min(tries, 40), told.retry_maximum_seconds)
        return max(longest * (0.5 + self._jitter() / 2), retry_after or 0.0)

    def _spent(self, owed: Owed, at: datetime) -> Literal["dead"] | None:
        since = owed.first_tried_at or at
        spent = owed.tries + 1 >= self._settings.attempts or at - since >= timedelta(days=self._settings.days)
        return "dead" if spent else None


async def _attempt(
    connection: Connection, subscription_id: UUID, index: int | None, at: datetime, result: Result
) -> None:
    values: Sequence[Any] = (subscription_id, index, at, result.milliseconds, result.status, result.error)
    await connection.execute(NOTE, *values)
