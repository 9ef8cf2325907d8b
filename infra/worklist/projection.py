"""The worklists as a projection of the ledger's feed: kept up by the relay, built anew at will.

Whatever events come, the streams they stand in are folded from their beginning (``schemas.worklist``): a case has some
tens of events, and a branch after a reset needs no undoing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import asyncpg

from infra.ledger import rebuilding
from infra.ledger.feed import Connection, FeedEvent
from infra.ledger.standing import standing
from infra.ledger.trail import masked_event
from schemas.authority import Role, Target
from schemas.case import ImpossibleEvent
from schemas.register import is_register
from schemas.worklist import StreamPart, TaskPart, keys_of, part_of, urgency

NAME = "worklist"
TABLES = ("worklist.task", "worklist.application", "worklist.stream", "worklist.unreadable")
"""In the order in which they are removed."""

EVENTS = """
    SELECT e.stream, e.sequence, e.canonical
    FROM unnest($1::text[], $2::bigint[]) AS upto (stream, position)
    JOIN ledger.event e ON e.stream = upto.stream AND e.position <= upto.position
    ORDER BY e.stream, e.position
"""
PLACES = "SELECT application_no FROM worklist.stream WHERE stream = $1"
PUT_STREAM = """
    INSERT INTO worklist.stream (stream, application_no, asked, asked_roles, helpers, leaf_index)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (stream, application_no) DO UPDATE SET asked = excluded.asked, asked_roles = excluded.asked_roles,
        helpers = excluded.helpers, leaf_index = excluded.leaf_index
"""
DROP_PLACES = "DELETE FROM worklist.stream WHERE stream = $1 AND application_no <> ALL ($2)"
PUT_FACTS = """
    INSERT INTO worklist.application (application_no, item_code, item_name, department, department_name, taken_in_by,
        taken_in_with, mode, stage, decision, standings, received_at, accepted_at, ended_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT (application_no) DO UPDATE SET item_code = excluded.item_code, item_name = excluded.item_name,
        department = excluded.department, department_name = excluded.department_name,
        taken_in_by = excluded.taken_in_by, taken_in_with = excluded.taken_in_with, mode = excluded.mode,
        stage = excluded.stage, decision = excluded.decision, standings = excluded.standings,
        received_at = excluded.received_at, accepted_at = excluded.accepted_at, ended_at = excluded.ended_at
"""
PUT_NUMBER = """
    INSERT INTO worklist.application (application_no, taken_in_by) VALUES ($1, $2)
    ON CONFLICT (application_no) DO NOTHING
"""
PUT_TASK = """
    INSERT INTO worklist.task AS t (stream, assignment, cases, step, requirement, responsible, who, department,
        recipients, task, follows, opened_at, due_at, due_provisional, ends_at, colour, urgency, held_since,
        claimed_by, claimed_at, closed, closed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
    ON CONFLICT (stream, assignment) DO UPDATE SET cases = excluded.cases, step = excluded.step,
        requirement = excluded.requirement, responsible = excluded.responsible, who = excluded.who,
        department = excluded.department, recipients = excluded.recipients, task = excluded.task,
        follows = excluded.follows, opened_at = excluded.opened_at, due_at = excluded.due_at,
        due_provisional = excluded.due_provisional, ends_at = excluded.ends_at, colour = excluded.colour,
        urgency = excluded.urgency, held_since = excluded.held_since, claimed_by = excluded.claimed_by,
        claimed_at = excluded.claimed_at, closed = excluded.closed, closed_at = excluded.closed_at
    WHERE (t.cases, t.step, t.requirement, t.responsible, t.who, t.department, t.recipients, t.task, t.follows,
           t.opened_at, t.due_at, t.due_provisional, t.ends_at, t.colour, t.urgency, t.held_since, t.claimed_by,
           t.claimed_at, t.closed, t.closed_at)
       IS DISTINCT FROM
          (excluded.cases, excluded.step, excluded.requirement, excluded.responsible, excluded.who,
           excluded.department, excluded.recipients, excluded.task, excluded.follows, excluded.opened_at,
           excluded.due_at, excluded.due_provisional, excluded.ends_at, excluded.colour, excluded.urgency,
           excluded.held_since, excluded.claimed_by, excluded.claimed_at, excluded.closed, excluded.closed_at)
"""
DROP_TASKS = "DELETE FROM worklist.task WHERE stream = $1 AND assignment <> ALL ($2)"
GATHER = """
    WITH said AS (
        SELECT s.application_no,
               array(SELECT DISTINCT unnest(x.asked) FROM worklist.stream x
                     WHERE x.application_no = s.application_no ORDER BY 1) AS asked,
               array(SELECT DISTINCT unnest(x.asked_roles) FROM worklist.stream x
                     WHERE x.application_no = s.application_no ORDER BY 1) AS asked_roles,
               array(SELECT DISTINCT unnest(x.helpers) FROM worklist.stream x
                     WHERE x.application_no = s.application_no ORDER BY 1) AS helpers,
               (SELECT max(x.leaf_index) FROM worklist.stream x
                WHERE x.application_no = s.application_no) AS leaf_index
        FROM unnest($1::text[]) AS s (application_no)
    )
    INSERT INTO worklist.application AS a (application_no, asked, asked_roles, helpers, leaf_index)
    SELECT said.application_no, said.asked, said.asked_roles, said.helpers, said.leaf_index
    FROM said WHERE said.leaf_index IS NOT NULL
    ON CONFLICT (application_no) DO UPDATE SET asked = excluded.asked, asked_roles = excluded.asked_roles,
        helpers = excluded.helpers, leaf_index = excluded.leaf_index
    RETURNING a.application_no, a.item_code, a.department, a.taken_in_by, a.asked, a.asked_roles, a.helpers, a.keys
"""
DROP_NUMBERS = """
    DELETE FROM worklist.application a WHERE a.application_no = ANY ($1)
        AND NOT EXISTS (SELECT FROM worklist.stream s WHERE s.application_no = a.application_no)
"""
PUT_KEYS = "UPDATE worklist.application SET keys = $2 WHERE application_no = $1"
TASK_KEYS = """
    UPDATE worklist.task t SET keys = known.keys
    FROM (
        SELECT u.stream, u.assignment,
               array(SELECT DISTINCT unnest(a.keys) FROM worklist.application a
                     WHERE a.application_no = ANY (u.cases) ORDER BY 1) AS keys
        FROM worklist.task u WHERE u.cases && $1::text[]
    ) AS known
    WHERE t.stream = known.stream AND t.assignment = known.assignment AND t.keys IS DISTINCT FROM known.keys
"""
UNREADABLE = """
    INSERT INTO worklist.unreadable (stream, leaf_index, reason) VALUES ($1, $2, $3)
    ON CONFLICT (stream) DO UPDATE SET leaf_index = excluded.leaf_index, reason = excluded.reason
"""


async def apply(connection: Connection, events: Sequence[FeedEvent]) -> None:
    """Take events of the feed: every stream they stand in, as it is after the last of them."""
    last = {event.stream: event for event in events if not is_register(event.stream)}
    streams = sorted(last)
    rows = await connection.fetch(EVENTS, streams, [last[stream].position for stream in streams])
    touched: set[str] = set()
    readable: list[str] = []
    for stream, kept in groupby(rows, key=lambda row: str(row["stream"])):
        index = last[stream].index
        try:
            part = part_of([masked_event(canonical) for canonical in standing(kept)])
        except (ValueError, ImpossibleEvent) as error:
            await connection.execute(UNREADABLE, stream, index, type(error).__name__)
            continue
        readable.append(stream)
        touched.update(await _put(connection, part, index))
    await connection.execute("DELETE FROM worklist.unreadable WHERE stream = ANY ($1)", readable)
    await _gather(connection, sorted(touched))


async def rebuild(pool: asyncpg.Pool) -> int:
    """Build the lists anew from the first event on; who reads meanwhile sees the old ones.  Gives how many events."""
    return await rebuilding.rebuild(pool, NAME, TABLES, apply)


# --- pieces ------------------------------------------------------------------------------------------------------


async def _put(connection: Connection, part: StreamPart, index: int) -> list[str]:
    """Write what a stream adds; gives the cases whose rows have to be gathered anew."""
    before = [row["application_no"] for row in await connection.fetch(PLACES, part.stream)]
    now = [case.application_no for case in part.cases]
    for case in part.cases:
        await connection.execute(
            PUT_STREAM, part.stream, case.application_no, case.asked, case.asked_roles, case.helpers, index
        )
    await connection.execute(DROP_PLACES, part.stream, now)
    if part.facts is not None:
        await _put_facts(connection, part)
    elif part.taken_in_by is not None:
        await connection.execute(PUT_NUMBER, part.application_no, part.taken_in_by)
    await connection.executemany(PUT_TASK, [_task(part.stream, each) for each in part.tasks])
    await connection.execute(DROP_TASKS, part.stream, [each.task.assignment for each in part.tasks])
    return [*before, *now]


async def _put_facts(connection: Connection, part: StreamPart) -> None:
    facts = part.facts
    assert facts is not None  # noqa: S101 - asked before
    await connection.execute(
        PUT_FACTS,
        part.application_no,
        facts.item_code,
        facts.item_name,
        facts.department,
        facts.department_name,
        part.taken_in_by,
        facts.taken_in_with,
        facts.mode,
        facts.stage,
        facts.decision,
        json.dumps(facts.standings, sort_keys=True),
        facts.received_at,
        facts.accepted_at,
        facts.ended_at,
    )


def _task(stream: str, part: TaskPart) -> tuple[Any, ...]:
    task = part.task
    return (
        stream,
        task.assignment,
        part.cases,
        task.step.value,
        task.requirement,
        task.assignee.responsible.value,
        task.assignee.name,
        task.assignee.department,
        task.assignee.recipients,
        task.task,
        task.then,
        task.opened_at,
        task.due_at,
        task.due_provisional,
        task.ends_at,
        task.colour.value if task.colour is not None else None,
        urgency(task),
        task.held_since,
        task.claim.by.actor_id if task.claim is not None else None,
        task.claim.at if task.claim is not None else None,
        task.closed,
        task.closed_at,
    )


async def _gather(connection: Connection, numbers: Sequence[str]) -> None:
    """What all streams of a case say together, and on which grounds the case and its tasks may be seen."""
    await connection.execute(DROP_NUMBERS, numbers)
    for row in await connection.fetch(GATHER, numbers):
        keys = keys_of(target_of(row))
        if list(keys) != row["keys"]:
            await connection.execute(PUT_KEYS, row["application_no"], keys)
    await connection.execute(TASK_KEYS, numbers)


def target_of(row: asyncpg.Record) -> Target:
    """What the rule of access has to know of a case, from its row."""
    return Target(
        application_no=row["application_no"],
        item_code=row["item_code"],
        department=row["department"],
        taken_in_by=row["taken_in_by"],
        asked=tuple(row["asked"]),
        asked_roles=tuple(Role(role) for role in row["asked_roles"]),
        helpers=tuple(row["helpers"]),
    )
