"""The cases of a person, as the archive sees them: read from the ledger whole, and checked."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from infra.ledger import feed, sequencer
from infra.ledger.trail import events_of, read_trail
from infra.uses.projection import NAME, apply
from infra.uses.read import read_up_to
from schemas.case_file import CaseFile, case_file
from schemas.erasure import Reason
from schemas.register import is_register

# The sealed values are the ledger's own word; the uses know also who was a party without any.
CASES = """
    SELECT e.application_no FROM ledger.sealed_field s JOIN ledger.event e USING (event_id)
        WHERE s.subject_ref = ANY ($1)
    UNION SELECT application_no FROM access.party WHERE subject_ref = ANY ($1)
    UNION SELECT application_no FROM access.use WHERE subject_ref = ANY ($1) AND application_no IS NOT NULL
    ORDER BY 1
"""
ERASED = "SELECT EXISTS (SELECT FROM identity.subject_key WHERE subject_ref = $1 AND destroyed_at IS NOT NULL)"


class UsesBehind(Exception):
    """Another process is taking events into the uses, and is not done: asked now, a case might be missed."""


async def files_of(pool: asyncpg.Pool, subject_ref: str) -> tuple[CaseFile, ...]:
    """Every case of a person, up to the last event of the ledger.  Raises UsesBehind.

    A case whose trail does not verify, or holds what is no event, counts as open.
    """
    return tuple([await _file(pool, number) for number in await cases_of(pool, [subject_ref])])


async def cases_of(pool: asyncpg.Pool, subject_refs: Sequence[str]) -> list[str]:
    """The numbers of every case of these persons, up to the last event of the ledger.  Raises UsesBehind."""
    await sequencer.sequence(pool)
    async with pool.acquire() as connection:
        await feed.catch_up(connection, NAME, apply)
    if await read_up_to(pool) < await feed.head(pool):
        raise UsesBehind
    return [row["application_no"] for row in await pool.fetch(CASES, subject_refs)]


async def is_erased(pool: asyncpg.Pool, subject_ref: str) -> bool:
    """Whether the key of a person was destroyed."""
    erased: bool = await pool.fetchval(ERASED, subject_ref)
    return erased


async def _file(pool: asyncpg.Pool, application_no: str) -> CaseFile:
    trail = await read_trail(pool, application_no)
    latest = max(entry.row.occurred_at for entry in trail.entries)
    unreadable = CaseFile(
        application_no=application_no,
        open=(Reason(code="unreadable", application_no=application_no),),
        closed_at=latest,
    )
    if not trail.sound:
        return unreadable
    try:
        return case_file(application_no, [event for event in events_of(trail) if not is_register(event.stream)])
    except ValueError:
        return unreadable
