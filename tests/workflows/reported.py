"""Whoever is reported to, in tests of a single procedure: hears everything, until the test is over."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from schemas.application import Actor, LedgerPosition
from schemas.case_commands import CaseCommand
from schemas.codes import ActorKind
from schemas.consultation import OpinionReport
from schemas.events import Event
from schemas.route_events import CaseNews, CaseNewsKind, ReviewReport, RouteReport
from schemas.stream import StreamState
from tests.temporal_fixtures import settings_for
from tests.workflows.fakes import World
from tests.workflows.long_world import COMMITTEE, DECIDING
from workers.serve import build_workers

S = TypeVar("S", bound=StreamState)
_numbers = itertools.count(1)


@workflow.defn(name="Listener", sandboxed=False)
class Listener:
    """Stands in for a case."""

    def __init__(self) -> None:
        self._reports: list[RouteReport] = []
        self._reviews: list[ReviewReport] = []
        self._opinions: list[OpinionReport] = []

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.signal
    def report(self, report: RouteReport) -> None:
        self._reports.append(report)

    @workflow.signal
    def review_report(self, report: ReviewReport) -> None:
        self._reviews.append(report)

    @workflow.signal
    def opinion_report(self, report: OpinionReport) -> None:
        self._opinions.append(report)

    @workflow.query
    def reports(self) -> list[RouteReport]:
        return self._reports

    @workflow.query
    def reviews(self) -> list[ReviewReport]:
        return self._reviews

    @workflow.query
    def opinions(self) -> list[OpinionReport]:
        return self._opinions


@asynccontextmanager
async def listened(client: Client, world: World, application_no: str) -> AsyncIterator[tuple[str, Any]]:
    """Workers on a queue of their own, and a listener under the id of the case.

    Whatever is left in the end is terminated: the server has one clock, and nobody would serve it any more.
    """
    queue = f"reported-{next(_numbers)}"
    settings = settings_for("unused:0").model_copy(update={"task_queue": queue})
    (worker,) = build_workers(client, settings, world.activities(), extra_workflows=(Listener,))
    async with worker:
        case: WorkflowHandle[Any, Any] = await client.start_workflow(
            "Listener", id=f"application/{application_no}", task_queue=queue
        )
        try:
            yield queue, case
        finally:
            for left in (case.id, *world.ledger.streams):
                with suppress(RPCError):
                    await _put_away(client.get_workflow_handle(left))


async def _described(handle: WorkflowHandle[Any, Any]) -> DescribeWorkflowExecutionResponse:
    """As the server has it: this one keeps an attribute that was unset as a null, which the SDK cannot read."""
    execution = WorkflowExecution(workflow_id=handle.id)
    asked = DescribeWorkflowExecutionRequest(namespace="default", execution=execution)
    return await handle._client.workflow_service.describe_workflow_execution(asked)


async def _put_away(handle: WorkflowHandle[Any, Any]) -> None:
    """Terminate a workflow that waits: one that is at work would keep the clock from being skipped for ever."""
    running = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
    while (described := await _described(handle)).workflow_execution_info.status == running:
        if not described.pending_activities and not described.HasField("pending_workflow_task"):
            await handle.terminate("end of the test")
        await asyncio.sleep(0.02)


def carried(world: World, stream: str, apply: Callable[[S | None, Event], S]) -> dict[str, Any]:
    """What a run hands to the next one, made from the ledger alone."""
    events = world.ledger.streams[stream]
    state: S | None = None
    for event in events:
        state = apply(state, event)
    last = events[-1]
    position = LedgerPosition(stream=stream, sequence=last.sequence, event_id=str(last.event_id), chain_hash="0" * 64)
    return {"state": state, "last_id": last.event_id, "position": position}


def staff(number: int, department: str = DECIDING) -> Actor:
    """A member of a department."""
    return Actor(kind=ActorKind.DEPARTMENT, actor_id=f"staff-{number}", department=department)


def member(number: int) -> Actor:
    """A member of 管委会."""
    return Actor(kind=ActorKind.COMMITTEE, actor_id=f"member-{number}", department=COMMITTEE)


async def act(handle: WorkflowHandle[Any, Any], name: str, command: CaseCommand) -> None:
    """Do one act."""
    await handle.execute_update(name, command, id=command.command_id)


async def tell(handle: WorkflowHandle[Any, Any], application_no: str, kind: CaseNewsKind) -> None:
    """News of the case."""
    news = CaseNews(application_no=application_no, requirement="need/p1", kind=kind)
    await handle.signal("case_news", news)


async def waiting_on(handle: WorkflowHandle[Any, Any]) -> set[str]:
    """What the list of cases shows a supervisor."""
    shown = (await _described(handle)).workflow_execution_info.search_attributes.indexed_fields
    return {json.loads(shown["WaitingOn"].data or b"null") or "nobody"}


def command(number: int) -> str:
    """The id of an act."""
    return f"act-{number}-{next(_numbers)}"
