"""Acts on many tasks: first the list and how many, then exactly that list, each answered for itself."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path, Security
from pydantic import Field, model_validator

from infra.gateway.acts import AsRole, actor_for, do
from infra.gateway.behind import Behind
from infra.gateway.interventions import Retried, wake
from infra.gateway.keeping_up import until_read
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.gateway.task_acts import PRESSING, allowed, named
from infra.worklist import read
from infra.worklist.frozen import FrozenItem, FrozenLists, standing
from infra.worklist.listed import ListedTask, TaskFilters, task_id_of
from schemas.application import Act, Actor
from schemas.authority import Action, Principal, Role, Visibility, visible
from schemas.base import Model
from schemas.errors import FieldError
from schemas.intervention_acts import Remind, RetryNow
from schemas.joining import workflow_of
from schemas.notification_exchange import DeskId
from schemas.supervision import Reason, Reassign

MOST = 500
SAMPLE = 10
AT_ONCE = 8
ListId = Annotated[UUID, Path(description="冻结清单编号。From the preview.")]


class BulkAction(StrEnum):
    """What may be done to many at once: nothing that changes an outcome."""

    REMIND = "remind"
    REASSIGN = "reassign"
    RETRY = "retry"
    """The cases of the tasks: what they are stuck on is tried at once."""


class BulkRequest(Model):
    """What is to be done, why, and to which open tasks."""

    action: BulkAction
    reason: Reason
    recipients: tuple[DeskId, ...] = Field(default=(), max_length=20)
    """The desks; for ``reassign``."""
    filters: TaskFilters

    @model_validator(mode="after")
    def _desks_for_reassigning(self) -> Self:
        if bool(self.recipients) is not (self.action is BulkAction.REASSIGN):
            raise ValueError("改派须写明岗位，其他行为不写")
        return self


class Preview(Model):
    """The frozen list: nothing was done yet."""

    list_id: UUID
    action: BulkAction
    count: int
    sample: tuple[ListedTask, ...]


class Outcome(StrEnum):
    """What came of one task."""

    DONE = "done"
    REFUSED = "refused"
    """By the workflow, on record; ``errors`` says why."""
    CHANGED = "changed"
    """It does not stand any more as it was shown: skipped."""
    GONE = "gone"
    """It is not open any more, or not visible any more: skipped."""
    NOT_NOW = "not_now"
    """It could not be told; running the list again tries it again."""


class ItemResult(Model):
    """What came of one task of the list."""

    task_id: str
    outcome: Outcome
    errors: tuple[FieldError, ...] = ()


class RunResult(Model):
    """What came of each, in the order of the list; running it again does nothing twice."""

    list_id: UUID
    action: BulkAction
    count: int
    done: int
    results: tuple[ItemResult, ...]


def router(behind: Behind) -> APIRouter:
    """``/bulk``."""
    routes = APIRouter(tags=["worklists"])
    lists = FrozenLists(behind.pool)

    @routes.post(
        "/bulk",
        status_code=201,
        **both(
            "批量督办：冻结清单并预览", "Freeze a list of tasks, and look at it", "此时不做任何事。Nothing is done yet."
        ),
    )
    async def freeze(body: BulkRequest, principal: Principal = Security(behind.bearer), role: AsRole = None) -> Preview:
        await actor_for(behind, principal, _roles(body.action), role, Action.INTERVENE)
        sees = await behind.guard.listing(principal, Action.INTERVENE)
        tasks = await _all(behind, sees, body.filters)
        list_id = await lists.freeze(principal.principal_id, body.model_dump_json(), tasks)
        return Preview(list_id=list_id, action=body.action, count=len(tasks), sample=tuple(tasks[:SAMPLE]))

    @routes.post(
        "/bulk/{list_id}/run",
        **both(
            "批量督办：执行冻结的清单",
            "Do it to exactly that list",
            "其间情况有变的跳过并说明。What changed meanwhile is skipped, and said so.",
        ),
    )
    async def run(list_id: ListId, principal: Principal = Security(behind.bearer), role: AsRole = None) -> RunResult:
        await behind.guard.listing(principal, Action.INTERVENE)
        wanted = await lists.wanted(list_id, principal.principal_id)
        if wanted is None:
            raise Refused(404, "not_found")
        request = BulkRequest.model_validate_json(wanted)
        actor = await actor_for(behind, principal, _roles(request.action), role, Action.INTERVENE)
        one = _Run(behind, lists, list_id, request, principal, actor)
        limit = asyncio.Semaphore(AT_ONCE)

        async def bounded(item: FrozenItem) -> ItemResult:
            async with limit:
                return await one.item(item)

        results = await asyncio.gather(*(bounded(item) for item in await lists.items(list_id)))
        for event_id in one.recorded:
            if not await until_read(behind.pool, event_id):
                break
        done = sum(result.outcome is Outcome.DONE for result in results)
        return RunResult(list_id=list_id, action=request.action, count=len(results), done=done, results=tuple(results))

    return routes


class _Run:
    """One run of one list."""

    def __init__(
        self,
        behind: Behind,
        lists: FrozenLists,
        list_id: UUID,
        request: BulkRequest,
        principal: Principal,
        actor: Actor,
    ) -> None:
        self._behind = behind
        self._lists = lists
        self._list_id = list_id
        self._request = request
        self._principal = principal
        self._actor = actor
        self.recorded: list[str] = []
        """The events of what was done, for the lists to be seen to have read them."""

    async def item(self, item: FrozenItem) -> ItemResult:
        """What comes of one; what came of it before stands."""
        task_id = task_id_of(item.stream, item.assignment)
        if item.outcome is not None:
            return ItemResult.model_validate({"task_id": task_id, "outcome": item.outcome} | item.detail)
        outcome, errors = await self._outcome(item, task_id)
        if outcome is not Outcome.NOT_NOW:
            detail: dict[str, Any] = {"errors": [e.model_dump(mode="json") for e in errors]}
            await self._lists.came_of(self._list_id, item.place, outcome.value, detail)
        return ItemResult(task_id=task_id, outcome=outcome, errors=errors)

    async def _outcome(self, item: FrozenItem, task_id: str) -> tuple[Outcome, tuple[FieldError, ...]]:
        sees = visible(self._principal, Action.INTERVENE)
        task = await read.task(self._behind.pool, sees, item.stream, item.assignment)
        if task is None or task.closed is not None:
            return Outcome.GONE, ()
        if standing(task) != item.seen:
            return Outcome.CHANGED, ()
        try:
            await allowed(self._behind, self._principal, Action.INTERVENE, task_id)
            await self._do(item, task)
        except Refused as refused:
            return (Outcome.REFUSED if refused.status < 500 else Outcome.NOT_NOW), refused.errors
        except Exception:
            return Outcome.NOT_NOW, ()
        return Outcome.DONE, ()

    async def _do(self, item: FrozenItem, task: ListedTask) -> None:
        command_id = f"bulk.{self._list_id}.{item.place}"
        said = {"command_id": command_id, "actor": self._actor, "reason": self._request.reason}
        workflow = workflow_of(item.stream)
        match self._request.action:
            case BulkAction.REMIND:
                remind = Remind(**said, assignment=item.assignment)
                receipt = await do(self._behind, workflow, named(Act.REMIND), remind)
                self.recorded.append(receipt.position.event_id)
            case BulkAction.REASSIGN:
                act = Reassign(**said, assignment=item.assignment, recipients=self._request.recipients)
                receipt = await do(self._behind, workflow, named(Act.REASSIGN), act)
                self.recorded.append(receipt.position.event_id)
            case BulkAction.RETRY:
                retried: Retried = await wake(self._behind, task.application_no, RetryNow(**said))
                if any(woken.still for woken in retried.workflows):
                    raise Refused(503, "not_now")


def _roles(action: BulkAction) -> tuple[Role, ...]:
    return (Role.SUPERVISOR,) if action is BulkAction.REASSIGN else PRESSING


async def _all(behind: Behind, sees: Visibility, filters: TaskFilters) -> list[ListedTask]:
    """Every task of the filter.  Raises Refused 422 where they are too many to be looked through."""
    found: list[ListedTask] = []
    cursor: str | None = None
    while True:
        page, cursor = await read.tasks(behind.pool, sees, filters, cursor=cursor, limit=read.LARGEST_PAGE)
        found += page
        if len(found) > MOST:
            raise Refused(422, "too_many_tasks")
        if cursor is None:
            return found
