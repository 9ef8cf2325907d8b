"""Reading the lists: pages in a stable order of what somebody may see, never by counting off (no OFFSET)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from infra.ledger.feed import Connection
from infra.worklist.listed import (
    ApplicationFilters,
    ListedApplication,
    ListedTask,
    Sort,
    TaskFilters,
    cursor_of,
    place_of,
    task_id_of,
)
from infra.worklist.projection import NAME, target_of
from infra.worklist.query import Query
from schemas.authority import Target, Visibility
from schemas.joining import workflow_of
from schemas.worklist import keys_seen

LARGEST_PAGE = 200
FEW_KEYS = 16
"""Overlap compares each with each (3.5 s for 600 keys over 100,000 tasks); beyond a few they are hashed instead."""

TARGET = """
    SELECT application_no, item_code, department, taken_in_by, asked, asked_roles, helpers
    FROM worklist.application WHERE application_no = ANY ($1)
"""
TASK = "SELECT cases FROM worklist.task WHERE stream = $1 AND assignment = $2"
READ_UP_TO = "SELECT coalesce((SELECT next_index - 1 FROM ledger.consumer WHERE name = $1), -1)"

ORDERS: dict[Sort, tuple[tuple[str, type], ...]] = {
    Sort.DUE: (("due_at", datetime), ("stream", str), ("assignment", str)),
    Sort.COLOUR: (("urgency", int), ("due_at", datetime), ("stream", str), ("assignment", str)),
    Sort.OPENED: (("opened_at", datetime), ("stream", str), ("assignment", str)),
}
BY_RECEIPT = (("received_at", datetime), ("application_no", str))

# Of the cases that share a task, the first the reader may see stands for it: he learns of no other.
SHOWN_TASKS = """
    SELECT t.stream, t.assignment, seen.application_no, seen.item_code, seen.item_name,
           seen.department AS deciding, seen.department_name AS deciding_name,
           t.step, t.requirement, t.responsible, t.who, t.department, t.recipients, t.task, t.follows, t.opened_at,
           t.due_at, t.due_provisional, t.ends_at, t.colour, t.urgency, t.held_since, t.claimed_by, t.claimed_at,
           t.closed, t.closed_at
    FROM ({page}) AS t
    JOIN LATERAL (
        SELECT a.* FROM worklist.application a WHERE a.application_no = ANY (t.cases) AND {sight}
        ORDER BY array_position(t.cases, a.application_no) LIMIT 1
    ) AS seen ON true
    ORDER BY {order}
"""
APPLICATIONS = """
    SELECT a.application_no, a.item_code, a.item_name, a.department, a.department_name, a.taken_in_by, a.mode, a.stage,
           a.decision, a.standings, a.received_at, a.accepted_at, a.ended_at
    FROM worklist.application a WHERE {where} ORDER BY {order} LIMIT {limit}
"""


async def read_up_to(pool: asyncpg.Pool) -> int:
    """The index in the feed of the last event the lists have taken, -1 for none."""
    index: int = await pool.fetchval(READ_UP_TO, NAME)
    return index


async def target(pool: asyncpg.Pool, application_no: str) -> Target | None:
    """What the rule of access has to know of a case; ``None`` for one the lists do not know."""
    row = await pool.fetchrow(TARGET, [application_no])
    return target_of(row) if row is not None else None


async def targets(source: asyncpg.Pool | Connection, numbers: Sequence[str]) -> list[Target]:
    """What the rule of access has to know of these cases; those that the lists do not know are left out."""
    return [target_of(row) for row in await source.fetch(TARGET, numbers)]


async def targets_of_task(pool: asyncpg.Pool, stream: str, assignment: str) -> tuple[Target, ...]:
    """The cases a task belongs to; none for one the lists do not know.  Who may do something to one of them may."""
    cases = await pool.fetchval(TASK, stream, assignment)
    return tuple(await targets(pool, cases or []))


async def tasks(
    pool: asyncpg.Pool,
    visibility: Visibility,
    filters: TaskFilters,
    sort: Sort = Sort.DUE,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[tuple[ListedTask, ...], str | None]:
    """A page of the open tasks somebody may see, and where it ends (``None``: there is no more).

    Raises BadCursor.
    """
    order = ORDERS[sort]
    query = Query()
    where = ["t.closed IS NULL", sight(query, "t", visibility), *_of_tasks(query, filters, visibility)]
    if cursor is not None:
        where.append(query.after("t", order, place_of(sort.value, cursor, tuple(kind for _, kind in order))))
    columns = ", ".join(f"t.{name}" for name, _ in order)
    size = max(1, min(limit, LARGEST_PAGE))
    page = (
        f"SELECT t.* FROM worklist.task t WHERE {' AND '.join(where)} "  # noqa: S608 - values are parameters
        f"ORDER BY {columns} LIMIT {query.value(size + 1)}"
    )
    text = SHOWN_TASKS.format(page=page, sight=sight(query, "a", visibility), order=columns)
    rows = await pool.fetch(text, *query.values)
    return tuple(_task(row) for row in rows[:size]), _end(rows, size, sort.value, order)


async def task(pool: asyncpg.Pool, visibility: Visibility, stream: str, assignment: str) -> ListedTask | None:
    """One task, open or closed; ``None`` where there is none that may be seen."""
    query = Query()
    page = (
        f"SELECT t.* FROM worklist.task t WHERE t.stream = {query.value(stream)} "  # noqa: S608 - values are parameters
        f"AND t.assignment = {query.value(assignment)}"
    )
    text = SHOWN_TASKS.format(page=page, sight=sight(query, "a", visibility), order="t.stream")
    row = await pool.fetchrow(text, *query.values)
    return _task(row) if row is not None else None


async def open_tasks_of(pool: asyncpg.Pool, application_no: str) -> tuple[ListedTask, ...]:
    """Everything somebody has to act on for a case, in all its streams, what is due first."""
    found: list[ListedTask] = []
    cursor: str | None = None
    filters = TaskFilters(application_no=application_no)
    everything = Visibility(everything=True)
    while True:
        page, cursor = await tasks(pool, everything, filters, cursor=cursor, limit=LARGEST_PAGE)
        found += (each.model_copy(update={"application_no": application_no}) for each in page)
        if cursor is None:
            return tuple(found)


async def applications(
    pool: asyncpg.Pool,
    visibility: Visibility,
    filters: ApplicationFilters,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[tuple[ListedApplication, ...], str | None]:
    """A page of the cases somebody may see, the newest first, and where it ends.  Raises BadCursor."""
    query = Query()
    where = ["a.stage IS NOT NULL", sight(query, "a", visibility), *_of_applications(query, filters)]
    if cursor is not None:
        kinds = tuple(kind for _, kind in BY_RECEIPT)
        where.append(query.before("a", BY_RECEIPT, place_of("received", cursor, kinds)))
    size = max(1, min(limit, LARGEST_PAGE))
    order = ", ".join(f"a.{name} DESC" for name, _ in BY_RECEIPT)
    text = APPLICATIONS.format(where=" AND ".join(where), order=order, limit=query.value(size + 1))
    rows = await pool.fetch(text, *query.values)
    return tuple(_application(row) for row in rows[:size]), _end(rows, size, "received", BY_RECEIPT)


def sight(query: Query, table: str, visibility: Visibility) -> str:
    """A condition, the same as ``visibility.covers`` of the case, or of one of the task's cases."""
    keys = keys_seen(visibility)
    if keys is None:
        return "true"
    given = f"{query.value(list(keys))}::text[]"
    if len(keys) <= FEW_KEYS:
        return f"{table}.keys && {given}"
    return f"EXISTS (SELECT FROM unnest({table}.keys) AS k (key) WHERE k.key = ANY ({given}))"


# --- pieces ------------------------------------------------------------------------------------------------------


def _of_tasks(query: Query, filters: TaskFilters, visibility: Visibility) -> list[str]:
    where = query.equal(
        "t",
        department=filters.department,
        step=filters.step,
        colour=filters.colour,
        responsible=filters.responsible,
        claimed_by=filters.claimed_by,
    )
    if filters.unclaimed:
        where.append("t.claimed_by IS NULL")
    if filters.due_before is not None:
        where.append(f"t.due_at < {query.value(filters.due_before)}")
    if filters.application_no is not None:
        number = query.value(filters.application_no)
        # A case that may not be seen has no tasks, whoever else shares them.
        where.append(f"t.cases && ARRAY[{number}::text]")
        where.append(
            f"EXISTS (SELECT FROM worklist.application a WHERE a.application_no = {number} "
            f"AND {sight(query, 'a', visibility)})"
        )
    return where


def _of_applications(query: Query, filters: ApplicationFilters) -> list[str]:
    where = query.equal("a", item_code=filters.item_code, department=filters.department, stage=filters.stage)
    if filters.number is not None:
        where.append(f"starts_with(a.application_no, {query.value(filters.number)})")
    if filters.ended is not None:
        where.append("a.ended_at IS NOT NULL" if filters.ended else "a.ended_at IS NULL")
    if filters.received_from is not None:
        where.append(f"a.received_at >= {query.value(filters.received_from)}")
    if filters.received_before is not None:
        where.append(f"a.received_at < {query.value(filters.received_before)}")
    return where


def _end(rows: Sequence[asyncpg.Record], size: int, order: str, by: tuple[tuple[str, type], ...]) -> str | None:
    if len(rows) <= size:
        return None
    last = rows[size - 1]
    return cursor_of(order, [_plain(last[name]) for name, _ in by])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _task(row: asyncpg.Record) -> ListedTask:
    stream, assignment = row["stream"], row["assignment"]
    made = {"task_id": task_id_of(stream, assignment), "workflow": workflow_of(stream)}
    return ListedTask.model_validate({name: row[name] for name in ListedTask.model_fields if name not in made} | made)


def _application(row: asyncpg.Record) -> ListedApplication:
    said = {name: row[name] for name in ListedApplication.model_fields}
    return ListedApplication.model_validate(said | {"standings": json.loads(row["standings"])})
