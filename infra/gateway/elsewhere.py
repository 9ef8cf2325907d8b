"""What the worklists know of a case that its own workflow does not: who else was asked, and who has to act now."""

from __future__ import annotations

import asyncpg

from infra.worklist import read
from infra.worklist.listed import ListedTask
from schemas.application import application_stream
from schemas.authority import Target
from schemas.door import Waiting


class Worklists:
    """``LookElsewhere`` on the read model; it may be some moments behind."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def target(self, application_no: str) -> Target | None:
        """Who was asked in the case."""
        return await read.target(self._pool, application_no)

    async def waiting(self, application_no: str) -> tuple[Waiting, ...]:
        """Tasks of the case's long routes; those of the case itself are told by its workflow."""
        own = application_stream(application_no)
        tasks = await read.open_tasks_of(self._pool, application_no)
        return tuple(_waiting(t) for t in tasks if t.stream != own)


def _waiting(task: ListedTask) -> Waiting:
    return Waiting(
        who=task.who,
        task=task.task,
        step=task.step,
        requirement=task.requirement,
        since=task.opened_at,
        due_at=task.due_at,
        due_provisional=task.due_provisional,
        colour=task.colour,
        then=task.follows,
        stream=task.workflow,
    )
