"""What departments hand in each month: the file in the evidence store, the fact in the register, both once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import asyncpg

from infra.ledger.register import enter
from infra.ledger.trail import masked_event
from infra.ledger.writer import PostgresLedger
from schemas.application import Actor
from schemas.events import Event
from schemas.ledger import LedgerRefusal
from schemas.register import register_events, register_stream
from schemas.submission import Received, SubmissionKind, SubmissionReceived, submission_key

OF_STREAM = "SELECT canonical FROM ledger.event WHERE stream = $1 ORDER BY position LIMIT 1"
OF_MONTH = """
    SELECT e.canonical FROM ledger.event e
    WHERE e.type = 'submission_received' AND e.stream LIKE $1 || '%' ORDER BY e.stream
"""
OF_MONTH_BEFORE = """
    SELECT e.canonical FROM ledger.event e JOIN ledger.leaf l ON l.event_id = e.event_id
    WHERE e.type = 'submission_received' AND e.stream LIKE $1 || '%' AND l.index < $2 ORDER BY e.stream
"""


class Store(Protocol):
    """Keeps files, encrypted, by owner and digest."""

    async def put(self, subject_ref: str, content: bytes) -> str:
        """The digest."""

    async def get(self, subject_ref: str, digest: str) -> bytes:
        """The bytes."""


class Submissions:
    """``now`` is the door's clock."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        ledger: PostgresLedger,
        store: Store,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._ledger = ledger
        self._store = store
        self._now = now

    async def hand_in(
        self, department: str, month: str, kind: SubmissionKind, media_type: str, content: bytes, actor: Actor
    ) -> Received:
        """Keep the file and enter it; the same file again gives what was entered first.

        The file is durable before the register names it.  Raises OSError, LedgerRefusal.
        """
        digest = hashlib.sha256(content).hexdigest()
        stream = register_stream("submission", submission_key(month, department, kind, digest))
        await self._store.put(owner_of(department), content)
        if (known := await self._entered(stream)) is not None:
            return known
        body = SubmissionReceived(
            department=department, month=month, kind=kind, digest=digest, size=len(content), media_type=media_type
        )
        [event] = register_events(stream, [body], actor=actor, at=self._now())
        try:
            await enter(self._ledger, [event])
        except LedgerRefusal:
            # The same file came twice at once, and the other was first.
            if (known := await self._entered(stream)) is None:
                raise
            return known
        return received_of(event)

    async def file(self, department: str, digest: str) -> bytes:
        """A file that was handed in.  Raises EvidenceMissing, EvidenceDamaged."""
        return await self._store.get(owner_of(department), digest)

    async def _entered(self, stream: str) -> Received | None:
        canonical = await self._pool.fetchval(OF_STREAM, stream)
        return received_of(masked_event(canonical)) if canonical is not None else None


async def of_month(pool: asyncpg.Pool, month: str, size: int | None = None) -> tuple[Received, ...]:
    """Everything handed in for a month, in order of time; with ``size`` only what the first leaves of the log hold."""
    prefix = register_stream("submission", f"{month}/")
    if size is None:
        rows = await pool.fetch(OF_MONTH, prefix)
    else:
        rows = await pool.fetch(OF_MONTH_BEFORE, prefix, size)
    received = [received_of(masked_event(row["canonical"])) for row in rows]
    return tuple(sorted(received, key=lambda r: (r.received_at, r.department, r.kind, r.digest)))


def owner_of(department: str) -> str:
    """Under which name the store keeps a department's files: it knows owners by pseudonyms alone."""
    return f"s_{hashlib.sha256(f'submissions/{department}'.encode()).hexdigest()[:32]}"


def received_of(event: Event) -> Received:
    """A submission from its event (pure)."""
    body = event.body
    assert isinstance(body, SubmissionReceived)  # noqa: S101 - the stream holds nothing else
    return Received(received_at=event.occurred_at, **body.model_dump(exclude={"type"}))
