"""Reading uses and the access record: pages by a cursor, the newest first."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import AwareDatetime

from infra.uses.projection import NAME
from infra.worklist.listed import BadCursor, cursor_of, place_of
from schemas.base import Model

LARGEST_PAGE = 500

OF_SUBJECT = """
    SELECT index, place, kind, at, application_no, who, department, told, item_code, purpose, operator,
           operator_department
    FROM access.use_of_subject
    WHERE subject_ref = $1 AND (index, place) < ($2, $3)
    ORDER BY index DESC, place DESC LIMIT $4
"""
ENTRIES = """
    SELECT entry_id, kind, at, principal_id, roles, department, action, application_no, subject_ref, verdict, code,
           reason, count
    FROM access.entry
    WHERE ($1::text IS NULL OR principal_id = $1)
      AND ($2::text IS NULL OR application_no = $2)
      AND ($3::timestamptz IS NULL OR at >= $3) AND ($4::timestamptz IS NULL OR at < $4)
      AND (NOT $5 OR kind <> 'request')
      AND ($6::timestamptz IS NULL OR (at, entry_id) < ($6, $7::uuid))
    ORDER BY at DESC, entry_id DESC LIMIT $8
"""
READ_UP_TO = "SELECT coalesce((SELECT next_index - 1 FROM ledger.consumer WHERE name = $1), -1)"
BEYOND = (2**62, 0)


class SubjectUse(Model):
    """One use of a person's data: what, when, by whom, in which case and for what."""

    position: int
    """Of its event in the ledger's one order."""
    kind: str
    at: AwareDatetime
    application_no: str | None
    purpose: str | None
    item_code: str | None
    who: str
    """Who or what did it; a lookup is the system's own act for ``operator``."""
    department: str | None
    operator: str | None
    """Who took the case in, for whom its lookups are made (law 9)."""
    operator_department: str | None
    told: dict[str, Any]
    """More, by stable codes: platform, resource, outcome, digest, reason of the look."""


class AccessEntry(Model):
    """One row of the access record."""

    entry_id: UUID
    kind: str
    at: AwareDatetime
    principal_id: str | None
    roles: str
    department: str | None
    action: str
    application_no: str | None
    subject_ref: str | None
    verdict: str
    code: str
    reason: str | None
    count: int


async def uses_of(
    pool: asyncpg.Pool, subject_ref: str, cursor: str | None, limit: int
) -> tuple[tuple[SubjectUse, ...], str | None]:
    """A page of the uses of a person, and the cursor of the next.  Raises BadCursor."""
    index, place = BEYOND if cursor is None else _place(cursor)
    rows = await pool.fetch(OF_SUBJECT, subject_ref, index, place, limit)
    found = tuple(
        SubjectUse(
            position=row["index"],
            told=json.loads(row["told"]),
            **{name: row[name] for name in SubjectUse.model_fields if name not in ("position", "told")},
        )
        for row in rows
    )
    return found, cursor_of("uses", [str(rows[-1][n]) for n in ("index", "place")]) if len(rows) == limit else None


async def entries(
    pool: asyncpg.Pool,
    *,
    who: str | None = None,
    application_no: str | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
    alarms: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> tuple[tuple[AccessEntry, ...], str | None]:
    """A page of the access record, and the cursor of the next.  ``alarms``: without plain looks.  Raises BadCursor."""
    at, entry_id = (None, None) if cursor is None else _moment(cursor)
    rows = await pool.fetch(ENTRIES, who, application_no, since, before, alarms, at, entry_id, limit)
    found = tuple(AccessEntry(**row) for row in rows)
    return found, (
        cursor_of("access_record", [found[-1].at.isoformat(), str(found[-1].entry_id)]) if len(found) == limit else None
    )


async def read_up_to(pool: asyncpg.Pool) -> int:
    """The position of the last event that the uses have taken in; -1 for none."""
    index: int = await pool.fetchval(READ_UP_TO, NAME)
    return index


def _place(cursor: str) -> tuple[int, int]:
    index, place = place_of("uses", cursor, (str, str))
    if not (re.fullmatch("[0-9]{1,18}", index) and re.fullmatch("[0-9]{1,9}", place)):
        raise BadCursor
    return int(index), int(place)


def _moment(cursor: str) -> tuple[datetime, UUID]:
    at, entry_id = place_of("access_record", cursor, (datetime, str))
    try:
        return at, UUID(entry_id)
    except ValueError:
        raise BadCursor from None
