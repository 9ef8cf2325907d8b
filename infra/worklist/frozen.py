"""Lists of tasks as they were shown, kept to be acted on later: exactly those, each once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from infra.worklist.listed import ListedTask

STANDS = {"closed", "department", "recipients", "claimed_by", "colour", "due_at", "opened_at", "held_since"}
"""What has to be as it was: another desk, deadline, colour or claim is another matter than the one that was shown."""

PUT_ITEMS = """
    INSERT INTO bulk.item (list_id, place, stream, assignment, seen)
    SELECT $1, u.place, u.stream, u.assignment, u.seen
    FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS u (stream, assignment, seen, place)
"""


@dataclass(frozen=True)
class FrozenItem:
    """One task of a list, and what came of it."""

    place: int
    stream: str
    assignment: str
    seen: str
    outcome: str | None
    detail: dict[str, Any]


def standing(task: ListedTask) -> str:
    """How a task stands, to be told from how it stands later."""
    return hashlib.sha256(task.model_dump_json(include=STANDS).encode()).hexdigest()


class FrozenLists:
    """The kept lists."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def freeze(self, made_by: str, wanted: str, tasks: Sequence[ListedTask]) -> UUID:
        """Keep a list; ``wanted`` is what is to be done, as JSON."""
        list_id = uuid4()
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO bulk.list (list_id, made_by, wanted) VALUES ($1, $2, $3)", list_id, made_by, wanted
            )
            columns = [t.stream for t in tasks], [t.assignment for t in tasks], [standing(t) for t in tasks]
            await connection.execute(PUT_ITEMS, list_id, *columns)
        return list_id

    async def wanted(self, list_id: UUID, made_by: str) -> str | None:
        """What is to be done; ``None`` for a list that is not there or another's."""
        wanted: str | None = await self._pool.fetchval(
            "SELECT wanted FROM bulk.list WHERE list_id = $1 AND made_by = $2", list_id, made_by
        )
        return wanted

    async def items(self, list_id: UUID) -> list[FrozenItem]:
        """Its tasks, in the order in which they were shown."""
        rows = await self._pool.fetch(
            "SELECT place, stream, assignment, seen, outcome, detail FROM bulk.item WHERE list_id = $1 ORDER BY place",
            list_id,
        )
        return [FrozenItem(**(dict(row) | {"detail": json.loads(row["detail"] or "{}")})) for row in rows]

    async def came_of(self, list_id: UUID, place: int, outcome: str, detail: dict[str, Any]) -> None:
        """Keep what came of one; the first is kept."""
        await self._pool.execute(
            "UPDATE bulk.item SET outcome = $3, detail = $4, done_at = clock_timestamp() "
            "WHERE list_id = $1 AND place = $2 AND outcome IS NULL",
            list_id,
            place,
            outcome,
            json.dumps(detail, ensure_ascii=False),
        )
