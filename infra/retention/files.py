"""The cases of a person, as the archive sees them: read from the ledger whole, and checked."""

from __future__ import annotations

import asyncpg

from infra.ledger import feed
from infra.ledger.trail import events_of, read_trail
from infra.uses.read import read_up_to
from schemas.case_file import CaseFile, case_file
from schemas.erasure import Reason
from schemas.register import is_register

# The sealed values are the ledger's own word; the uses know also who was a party without any.
CASES = """
    SELECT e.application_no FROM ledger.sealed_field s JOIN ledger.event e USING (event_id) WHERE s.subject_ref = $1
    UNION SELECT application_no FROM access.party WHERE subject_ref = $1
    UNION SELECT application_no FROM access.use WHERE subject_ref = $1 AND application_no IS NOT NULL
    ORDER BY 1
"""
ERASED = "SELECT EXISTS (SELECT FROM identity.subject_key WHERE subject_ref = $1 AND destroyed_at IS NOT NULL)"


class UsesBehind(Exception):
    """The uses have not taken in every event of the ledger yet: asked now, a case might be missed."""


async def files_of(pool: asyncpg.Pool, subject_ref: str) -> tuple[CaseFile, ...]:
    """Every case of a person.  Raises UsesBehind.

    A case whose trail does not verify, or holds what is no event, counts as open.
    """
    if await read_up_to(pool) < await feed.head(pool):
        raise UsesBehind
    rows = await pool.fetch(CASES, subject_ref)
    return tuple([await _file(pool, row["application_no"]) for row in rows])


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
