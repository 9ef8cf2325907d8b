"""Who wants to be told, of which cases and events, where, and with which secrets it is signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

import asyncpg

from infra.ledger import feed
from infra.ledger.feed import Connection
from infra.settings import WebhookSettings
from infra.webhooks.address import checked_url
from infra.webhooks.secrets import SecretBox, new_secret
from schemas.base import Model
from schemas.outbound import NAMES, Scope

State = Literal["active", "paused", "revoked"]
Clock = Callable[[], datetime]
COLUMNS = "id, owner, items, departments, taken_in_by, url, types, state, reason, from_index, created_at, changed_at"
MOST_OF_ONE_OWNER = 50


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class TooMany(Exception):
    """The owner has as many subscriptions as one may have."""


class Subscription(Model):
    """One subscription; its secrets are shown once, when they are made, and never here."""

    id: UUID
    owner: str
    scope: Scope
    url: str
    types: tuple[str, ...]
    """Names of events; empty: every public event."""
    state: State
    reason: str | None
    """Why it is paused: ``owner`` or ``gone`` (the receiver answered 410)."""
    from_index: int
    """It is told of what comes after this position of the feed."""
    created_at: datetime
    changed_at: datetime


class Subscriptions:
    """The subscriptions in PostgreSQL."""

    def __init__(self, pool: asyncpg.Pool, box: SecretBox, settings: WebhookSettings, clock: Clock = now) -> None:
        self._pool = pool
        self._box = box
        self._settings = settings
        self._clock = clock

    @property
    def overlap_hours(self) -> float:
        """How long a replaced secret signs along."""
        return self._settings.overlap_hours

    async def create(self, owner: str, scope: Scope, url: str, types: tuple[str, ...] = ()) -> tuple[Subscription, str]:
        """A new subscription, and its first secret.

        Raises address.Forbidden for a URL that is never sent to, ValueError for an unknown event, TooMany.
        """
        checked_url(url, self._settings)
        _known(types)
        at, secret, new = self._clock(), new_secret(), uuid4()
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('webhooks/' || $1, 0))", owner)
            have = await connection.fetchval(
                "SELECT count(*) FROM webhooks.subscription WHERE owner = $1 AND state <> 'revoked'", owner
            )
            if have >= MOST_OF_ONE_OWNER:
                raise TooMany
            row = await connection.fetchrow(
                "INSERT INTO webhooks.subscription"  # noqa: S608 - a constant
                " (id, owner, items, departments, taken_in_by, url, types, from_index, created_at, changed_at)"
                f" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) RETURNING {COLUMNS}",
                new,
                owner,
                scope.items,
                scope.departments,
                scope.taken_in_by,
                url,
                types,
                await feed.head(connection),
                at,
            )
            await self._keep(connection, new, secret, at)
        return _subscription(row), secret

    async def get(self, owner: str, subscription_id: UUID) -> Subscription | None:
        """One of the owner's own; ``None`` also where it is another's."""
        row = await self._pool.fetchrow(
            f"SELECT {COLUMNS} FROM webhooks.subscription WHERE id = $1 AND owner = $2",  # noqa: S608 - a constant
            subscription_id,
            owner,
        )
        return _subscription(row) if row else None

    async def of(self, owner: str) -> list[Subscription]:
        """All of an owner, without the revoked ones."""
        rows = await self._pool.fetch(
            f"SELECT {COLUMNS} FROM webhooks.subscription"  # noqa: S608 - a constant
            " WHERE owner = $1 AND state <> 'revoked' ORDER BY created_at, id",
            owner,
        )
        return [_subscription(row) for row in rows]

    async def change(
        self,
        owner: str,
        subscription_id: UUID,
        *,
        url: str | None = None,
        types: tuple[str, ...] | None = None,
        state: State | None = None,
    ) -> Subscription | None:
        """Change what is given; made active again, what waited goes out at once.  Raises as ``create`` does."""
        if url is not None:
            checked_url(url, self._settings)
        _known(types or ())
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "UPDATE webhooks.subscription SET url = coalesce($3, url), types = coalesce($4, types),"  # noqa: S608
                " state = coalesce($5, state), changed_at = $6,"
                " reason = CASE $5 WHEN 'paused' THEN 'owner' WHEN 'active' THEN NULL ELSE reason END,"
                " rests_until = CASE WHEN $5 = 'active' OR $3 IS NOT NULL THEN NULL ELSE rests_until END"
                f" WHERE id = $1 AND owner = $2 AND state <> 'revoked' RETURNING {COLUMNS}",
                subscription_id,
                owner,
                url,
                types,
                state,
                self._clock(),
            )
            if row is not None and state == "active":
                await self._begin_anew(connection, subscription_id)
        return _subscription(row) if row else None

    async def rotate(self, owner: str, subscription_id: UUID) -> str | None:
        """A new secret; the ones before sign along for the overlap.  ``None`` where there is no such subscription."""
        at, secret = self._clock(), new_secret()
        async with self._pool.acquire() as connection, connection.transaction():
            mine = "SELECT 1 FROM webhooks.subscription WHERE id = $1 AND owner = $2 AND state <> 'revoked' FOR UPDATE"
            if not await connection.fetchval(mine, subscription_id, owner):
                return None
            await connection.execute(
                "UPDATE webhooks.secret SET expires_at = $2 WHERE subscription_id = $1 AND expires_at IS NULL",
                subscription_id,
                at + timedelta(hours=self._settings.overlap_hours),
            )
            await self._keep(connection, subscription_id, secret, at)
        return secret

    async def secrets(self, subscription_id: UUID) -> list[str]:
        """The secrets that hold now, the newest first."""
        rows = await self._pool.fetch(
            "SELECT sealed FROM webhooks.secret WHERE subscription_id = $1 AND (expires_at IS NULL OR expires_at > $2)"
            " ORDER BY created_at DESC, expires_at DESC NULLS FIRST",
            subscription_id,
            self._clock(),
        )
        return [self._box.open(subscription_id, row["sealed"]) for row in rows]

    async def _begin_anew(self, connection: Connection, subscription_id: UUID) -> None:
        """What waited is due now, and its tries count from here: the pause was not its fault."""
        at = self._clock()
        await connection.execute(
            "UPDATE webhooks.lane SET next_at = $2 WHERE subscription_id = $1 AND pending > 0", subscription_id, at
        )
        await connection.execute(
            "UPDATE webhooks.delivery SET tries = 0, first_tried_at = NULL"
            " WHERE subscription_id = $1 AND state = 'pending'",
            subscription_id,
        )

    async def _keep(self, connection: Connection, subscription_id: UUID, secret: str, at: datetime) -> None:
        await connection.execute(
            "INSERT INTO webhooks.secret (subscription_id, sealed, created_at) VALUES ($1, $2, $3)",
            subscription_id,
            self._box.seal(subscription_id, secret),
            at,
        )


def _known(types: tuple[str, ...]) -> None:
    if unknown := [name for name in types if name not in NAMES]:
        raise ValueError(f"没有这些事件：{'、'.join(unknown)}")


def _subscription(row: Any) -> Subscription:
    values = dict(row)
    scope = Scope(**{name: tuple(values.pop(name)) for name in ("items", "departments", "taken_in_by")})
    return Subscription(scope=scope, types=tuple(values.pop("types")), **values)
