"""Purging rows whose time is over: what is to go is on record first, by count and digest; then exactly that goes."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from infra.retention.files import cases_of
from infra.retention.register import Orders
from schemas.erasure import PurgeClass, Purged
from schemas.events import Event
from schemas.register import register_stream
from schemas.retention import Retention

LIMIT = 20_000
"""Rows of one event: writers of the access record wait while its rows go."""
PURGE_SECONDS = 300.0
NOT_THESE = "MZ021"

DIGEST = "SELECT count, digest FROM access.purge_digest($1, $2, $3, $4)"
PURGE = "SELECT access.purge($1)"


@dataclass(frozen=True)
class Purges:
    """Purges on record."""

    orders: Orders
    retention: Retention
    eraser: asyncpg.Pool
    """As a role that may ``access.purge``."""
    limit: int = LIMIT

    async def purge(self, of: PurgeClass, by: str) -> tuple[Purged, ...]:
        """Purge what is older than its period and under no hold; gives what was put on record, and is gone.

        What an earlier call has put on record and did not remove any more is removed first, unless a hold has come
        since.  Raises UsesBehind.
        """
        before = self.retention.cut_off(of, self.orders.clock())
        stream = register_stream("purge", f"{of.value}/{before:%Y%m%d}")
        done: list[Purged] = []
        async with self.orders.alone():
            events = await self.orders.of(stream)
            last = events[-1] if events else None
            held = await self._held()
            if last is not None:
                assert isinstance(last.body, Purged)  # noqa: S101 - nothing else stands in such a stream
                if set(held) <= set(last.body.held) and await self._remove(last):
                    done.append(last.body)
            while True:
                row = await self.eraser.fetchrow(DIGEST, of.value, before, held, self.limit, timeout=PURGE_SECONDS)
                if row is None or row["count"] == 0:
                    return tuple(done)
                body = Purged(
                    purge_class=of, before=before, held=tuple(held), count=row["count"], digest=row["digest"], by=by
                )
                last = await self.orders.record(stream, body, last)
                if not await self._remove(last):
                    raise RuntimeError(f"{of.value}: the rows changed between their record and their purge")
                done.append(body)

    async def _held(self) -> list[str]:
        """The cases and persons whose rows stay."""
        holds = await self.orders.holds()
        subjects = [hold.subject_ref for hold in holds if hold.subject_ref is not None]
        cases = {hold.application_no for hold in holds if hold.application_no is not None}
        # Of whom nothing is asked, for him no county has to keep the uses up.
        theirs = await cases_of(self.orders.pool, subjects) if subjects else ()
        return sorted({*cases, *subjects, *theirs})

    async def _remove(self, event: Event) -> bool:
        """Remove what an event says; whether it was there."""
        try:
            await self.eraser.fetchval(PURGE, event.event_id, timeout=PURGE_SECONDS)
        except asyncpg.PostgresError as error:
            if error.sqlstate != NOT_THESE:
                raise
            return False
        return True
