"""Worklists and lists of cases: read from the read model, filtered by the rule that a single case is judged by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Security
from pydantic import StringConstraints

from infra.gateway.behind import Behind
from infra.gateway.keeping_up import until_after
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.worklist import read
from infra.worklist.listed import (
    ApplicationFilters,
    BadCursor,
    ListedApplication,
    ListedTask,
    Moment,
    Sort,
    TaskFilters,
    task_place,
)
from schemas.assignment import Responsible, Rung, Step
from schemas.authority import Action, Principal, visible
from schemas.base import Model
from schemas.case_state import Stage
from schemas.identifiers import ApplicationNo, Uscc

TaskId = Annotated[str, Path(max_length=800, pattern=r"^[A-Za-z0-9_-]+$", description="待办编号。From the list.")]
Cursor = Annotated[
    str | None,
    Query(max_length=2000, pattern=r"^[A-Za-z0-9_-]+$", description="上一页的 next。The ``next`` of the page before."),
]
Limit = Annotated[int, Query(ge=1, le=read.LARGEST_PAGE, description="每页件数。How many on a page.")]
After = Annotated[
    str | None,
    Query(
        max_length=320,
        description="回执的 position，写作 台账流:序号；清单读到该处才答复。Answer once the lists have read this.",
    ),
]
ItemCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_]{2,60}$")]
NumberPrefix = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_.-]{3,64}$")]


class TaskPage(Model):
    """A page of tasks."""

    tasks: tuple[ListedTask, ...]
    next: str | None
    """``cursor`` of the next page; ``null``: there is no more."""
    read_up_to: int
    """The index in the feed of events up to which the lists have read at least."""


class ApplicationPage(Model):
    """A page of cases."""

    applications: tuple[ListedApplication, ...]
    next: str | None
    read_up_to: int


def router(behind: Behind) -> APIRouter:
    """``/tasks`` and ``GET /applications``."""
    routes = APIRouter(tags=["worklists"])
    caller = Security(behind.bearer)

    @routes.get(
        "/tasks",
        **both(
            "待办清单",
            "Tasks",
            "本人可见的未办结待办：何事、轮到谁、何时到期、颜色。"
            "mine 为本人认领的，unclaimed 为无人认领的，overdue 为已过期限的。"
            "Open tasks within what the caller may see; pages are stable, whatever changes meanwhile.",
        ),
    )
    async def tasks(
        principal: Principal = caller,
        application_no: Annotated[ApplicationNo | None, Query()] = None,
        department: Annotated[Uscc | None, Query(description="轮到哪一部门。Whose turn it is.")] = None,
        step: Annotated[Step | None, Query()] = None,
        colour: Annotated[Rung | None, Query()] = None,
        responsible: Annotated[Responsible | None, Query(description="轮到哪一方。")] = None,
        mine: bool = False,
        unclaimed: bool = False,
        overdue: bool = False,
        due_before: Annotated[Moment | None, Query()] = None,
        sort: Sort = Sort.DUE,
        cursor: Cursor = None,
        limit: Limit = 50,
        after: After = None,
    ) -> TaskPage:
        sees = await behind.guard.listing(principal, Action.TASKS)
        if after is not None:
            await until_after(behind.pool, sees, after)
        bounds = [at for at in (due_before, datetime.now(UTC) if overdue else None) if at is not None]
        filters = TaskFilters(
            application_no=application_no,
            department=department,
            step=step,
            colour=colour,
            responsible=responsible,
            claimed_by=principal.principal_id if mine else None,
            unclaimed=unclaimed,
            due_before=min(bounds, default=None),
        )
        up_to = await read.read_up_to(behind.pool)
        try:
            found, follows = await read.tasks(behind.pool, sees, filters, sort, cursor, limit)
        except BadCursor:
            raise Refused(422, "bad_cursor") from None
        return TaskPage(tasks=found, next=follows, read_up_to=up_to)

    @routes.get("/tasks/{task_id}", **both("一项待办", "One task, open or closed"))
    async def task(task_id: TaskId, principal: Principal = caller) -> ListedTask:
        try:
            stream, assignment = task_place(task_id)
        except LookupError:
            stream, assignment = "", ""
        targets = await read.targets_of_task(behind.pool, stream, assignment)
        sees = visible(principal, Action.TASKS)
        await behind.guard(principal, Action.TASKS, next((t for t in targets if sees.covers(t)), None))
        found = await read.task(behind.pool, sees, stream, assignment)
        if found is None:
            raise Refused(404, "not_found")
        return found

    @routes.get(
        "/applications",
        **both("办件清单", "Cases", "本人可见的办件，新收的在前；number 为编号开头。Within what the caller may see."),
    )
    async def applications(
        principal: Principal = caller,
        number: Annotated[NumberPrefix | None, Query(description="编号的开头。What the number begins with.")] = None,
        item_code: Annotated[ItemCode | None, Query()] = None,
        department: Annotated[Uscc | None, Query(description="主管部门。The deciding department.")] = None,
        stage: Annotated[Stage | None, Query()] = None,
        ended: Annotated[bool | None, Query()] = None,
        received_from: Annotated[Moment | None, Query()] = None,
        received_before: Annotated[Moment | None, Query()] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
        after: After = None,
    ) -> ApplicationPage:
        sees = await behind.guard.listing(principal, Action.SEARCH if number else Action.LIST)
        if after is not None:
            await until_after(behind.pool, sees, after)
        filters = ApplicationFilters(
            number=number,
            item_code=item_code,
            department=department,
            stage=stage,
            ended=ended,
            received_from=received_from,
            received_before=received_before,
        )
        up_to = await read.read_up_to(behind.pool)
        try:
            found, follows = await read.applications(behind.pool, sees, filters, cursor, limit)
        except BadCursor:
            raise Refused(422, "bad_cursor") from None
        if number:
            await behind.guard.found(principal, [each.application_no for each in found])
        return ApplicationPage(applications=found, next=follows, read_up_to=up_to)

    return routes
