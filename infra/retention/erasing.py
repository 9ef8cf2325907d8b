"""Erasing a person: ordered by one, confirmed by another, carried through however often it breaks off.

What destroys is another database role than what records, and destroys only what is on record.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import asyncpg

from infra.audit.jobs import forget_files
from infra.evidence_store import FileEvidenceStore
from infra.retention.files import files_of, is_erased
from infra.retention.register import Orders
from schemas.case_file import CaseFile
from schemas.erasure import ErasureBegun, ErasureOrdered, ErasureRefused, Reason, SubjectErased
from schemas.events import Event
from schemas.register import register_stream
from schemas.retention import Retention, erasure_state, why_not_confirmed, why_not_erased

B = TypeVar("B", ErasureOrdered, SubjectErased)

ERASE = "SELECT identity.erase_subject($1)"


def erasure_stream(subject_ref: str, order: str) -> str:
    """The stream of one order about one person."""
    return register_stream("erasure", f"{subject_ref}/{hashlib.sha256(order.encode()).hexdigest()[:16]}")


@dataclass(frozen=True)
class Erasures:
    """Orders to erase persons."""

    orders: Orders
    retention: Retention
    eraser: asyncpg.Pool
    """As a role that may ``identity.erase_subject``, and nothing else that destroys."""
    evidence: FileEvidenceStore
    exports: Path
    """Where the door keeps what was exported: files of evidence are among it, in the clear."""

    async def order(self, subject_ref: str, order: str, by: str) -> ErasureOrdered | ErasureRefused | SubjectErased:
        """Put an order on record, or its refusal with every reason; nothing is destroyed.  Raises UsesBehind."""
        stream = erasure_stream(subject_ref, order)
        async with self.orders.alone():
            before = await self.orders.of(stream)
            state = erasure_state(before)
            if state.done:
                return _last(before, SubjectErased)
            if state.ordered_by is not None:
                return _last(before, ErasureOrdered)
            reasons, _ = await self._reasons(subject_ref)
            body: ErasureOrdered | ErasureRefused = ErasureOrdered(subject_ref=subject_ref, order=order, by=by)
            if reasons:
                body = ErasureRefused(subject_ref=subject_ref, order=order, by=by, reasons=reasons)
            await self.orders.record(stream, body, before[-1] if before else None)
            return body

    async def confirm(
        self, subject_ref: str, order: str, by: str, histories_until: datetime | None
    ) -> ErasureRefused | SubjectErased:
        """Erase the person by an order that another has put on record; or refuse, on record.

        One that was begun is carried through, whoever confirms it again; while the key still lives, what has come since
        against it (a hold, a new case) counts.  Raises UsesBehind, OSError and asyncpg.PostgresError; then confirming
        again goes on.
        """
        stream = erasure_stream(subject_ref, order)
        async with self.orders.alone():
            before = await self.orders.of(stream)
            state = erasure_state(before)
            if state.done:
                return _last(before, SubjectErased)
            if state.begun is not None and await is_erased(self.orders.pool, subject_ref):
                return await self._carry_through(before[-1], state.begun)
            last = before[-1] if before else None
            reasons: tuple[Reason, ...] = () if state.begun is not None else why_not_confirmed(state, by)
            files: tuple[CaseFile, ...] = ()
            if not reasons:
                reasons, files = await self._reasons(subject_ref)
            if reasons:
                refused = ErasureRefused(subject_ref=subject_ref, order=order, by=by, reasons=reasons)
                await self.orders.record(stream, refused, last)
                return refused
            if state.begun is not None:
                return await self._carry_through(before[-1], state.begun)
            assert state.ordered_by is not None  # noqa: S101 - there was no reason against it
            begun = ErasureBegun(
                subject_ref=subject_ref,
                order=order,
                ordered_by=state.ordered_by,
                confirmed_by=by,
                cases=tuple(file.application_no for file in files),
                histories_until=histories_until,
            )
            return await self._carry_through(await self.orders.record(stream, begun, last), begun)

    async def _reasons(self, subject_ref: str) -> tuple[tuple[Reason, ...], tuple[CaseFile, ...]]:
        files = await files_of(self.orders.pool, subject_ref)
        reasons = why_not_erased(
            subject_ref,
            files=files,
            holds=await self.orders.holds(),
            retention=self.retention,
            now=self.orders.clock(),
            erased=await is_erased(self.orders.pool, subject_ref),
        )
        return reasons, files

    async def _carry_through(self, event: Event, begun: ErasureBegun) -> SubjectErased:
        """The key first: what is left then is unreadable already."""
        await self.eraser.fetchval(ERASE, event.event_id)
        await asyncio.to_thread(forget_files, self.exports)
        files = await self.evidence.erase(begun.subject_ref)
        done = SubjectErased(subject_ref=begun.subject_ref, order=begun.order, files=files)
        await self.orders.record(event.stream, done, event)
        return done


def _last(events: tuple[Event, ...], kind: type[B]) -> B:
    return next(event.body for event in reversed(events) if isinstance(event.body, kind))
