"""For the shared procedures alone: cases that only listen, starts drawn from the catalogue, and a server of both."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

with workflow.unsafe.imports_passed_through():
    from schemas.application import Origin, application_stream
    from schemas.assignment import Step
    from schemas.case_acts import paper_stream
    from schemas.catalogue import ItemRules
    from schemas.codes import HolderCodeType, Platform
    from schemas.completion import CompletionStart, own_number
    from schemas.digitisation import DigitisationStart
    from schemas.exchange import Subject
    from schemas.joining import Joining
    from schemas.long_route import rules_of
    from schemas.lookup import Library
    from schemas.policy import LongPolicy, StepBudget
    from schemas.route_events import CompletionReport, RouteReport
    from schemas.route_starts import completion_stream
    from schemas.rules import rules_for
    from tests.temporal_fixtures import settings_for
    from tests.workflows.catalogues import ITEM
    from tests.workflows.fakes import CALENDAR, World
    from tests.workflows.long_world import DECIDING, clerk, county, long_catalogue
    from workers.serve import build_workers

SETTINGS = settings_for("unused:0")
POLICE = "11350526MB0000002F"
PAPER = "c" * 64
_numbers = itertools.count(1)


@workflow.defn(name="ListeningCase")
class ListeningCase:
    """Stands where a case would, and keeps what it is told."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._over = False

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: self._over)

    @workflow.signal
    def report(self, report: RouteReport) -> None:
        outcome = f"/{report.outcome.value}" if report.outcome else ""
        self._heard.append(f"{report.kind.value}/{report.detail}{outcome}@{report.requirement}")

    @workflow.signal
    def completion_report(self, report: CompletionReport) -> None:
        self._heard.append(f"{report.completed}/{report.detail}@{report.requirement}")

    @workflow.signal
    def over(self) -> None:
        self._over = True

    @workflow.query
    def heard(self) -> list[str]:
        return self._heard


class Stage:
    """A server of everything, and the cases and procedures that a test started on it."""

    def __init__(self, environment: WorkflowEnvironment, queue: str, world: World) -> None:
        self.environment = environment
        self.client = environment.client
        self.queue = queue
        self.world = world
        self.started: list[WorkflowHandle[Any, Any]] = []

    async def case(self, number: str) -> WorkflowHandle[Any, Any]:
        """A case that listens."""
        handle = await self.client.start_workflow("ListeningCase", id=application_stream(number), task_queue=self.queue)
        self.started.append(handle)
        return handle

    async def begin(self, name: str, start: Any) -> WorkflowHandle[Any, Any]:
        """A procedure."""
        handle = await self.client.start_workflow(name, start, id=start.stream, task_queue=self.queue)
        self.started.append(handle)
        return handle

    async def end(self, handle: WorkflowHandle[Any, Any]) -> None:
        """Let the clock run until a procedure has ended.

        To wait for its result would let the clock leap on to where the cases that listen are timed out.
        """
        procedure = self.client.get_workflow_handle(handle.id)
        for _ in range(48):
            if (await procedure.describe()).status is not WorkflowExecutionStatus.RUNNING:
                return
            await self.environment.sleep(timedelta(minutes=30))
        raise TimeoutError(handle.id)

    async def heard(self, number: str, count: int = 1) -> list[str]:
        """What a case has heard, once it is as much as that."""
        handle = self.client.get_workflow_handle(application_stream(number))
        async with asyncio.timeout(15):
            while True:
                told: list[str] = await handle.query("heard", result_type=list[str])
                if len(told) >= count:
                    return told
                await asyncio.sleep(0.03)

    def events(self, handle: WorkflowHandle[Any, Any]) -> list[Any]:
        """The bodies of every event the ledger has of a procedure, run by run."""
        streams = self.world.ledger.streams
        return [e.body for name, kept in streams.items() if name.startswith(f"{handle.id}/") for e in kept]

    def types(self, handle: WorkflowHandle[Any, Any]) -> list[str]:
        return [body.type for body in self.events(handle)]


@asynccontextmanager
async def staged(environment: WorkflowEnvironment, world: World) -> AsyncIterator[Stage]:
    """Workers of every workflow and of cases that listen; whatever is left is terminated, for the clock is one."""
    settings = SETTINGS.model_copy(update={"task_queue": f"joined-{next(_numbers)}"})
    client = environment.client
    (worker,) = build_workers(client, settings, world.activities(), extra_workflows=(ListeningCase,))
    stage = Stage(environment, settings.task_queue, world)
    async with worker:
        try:
            yield stage
        finally:
            for handle in stage.started:
                with suppress(RPCError):
                    await client.get_workflow_handle(handle.id).terminate("end of the test")


def world_of(*only: str) -> World:
    """The county, whose sources know nothing yet."""
    return county(*only)


def patient_policy(**changes: Any) -> LongPolicy:
    """One working day for everything, asked again every hour.

    The settings would give every step up, which no shared procedure may do.
    """
    steps = {step: StepBudget(working_days=1, gives_up_after=3) for step in Step}
    return LongPolicy(offered=(), steps=steps, **({"reask_seconds": 3600} | changes))


def rules(*only: str) -> ItemRules:
    return rules_for(long_catalogue(only), "d" * 64, ITEM)


def subject(number: int = 1) -> Subject:
    """A person of his own for each test: shared procedures are found by their subject."""
    return Subject(
        subject_ref=f"s_{number:032x}",
        id_type=HolderCodeType.RESIDENT_ID,
        id_number="350526199001010019",
        name="测试甲",
    )


LIBRARY = Library(home_area="350526", authorised=(), ask_seconds=dict.fromkeys(Platform, 5))


def new_person() -> Subject:
    return subject(next(_numbers) + 1000)


def paper_start(
    number: str, person: Subject, requirement: str = "r_shared", origin: Origin | None = None, **changes: Any
) -> DigitisationStart:
    """A paper of a case, handed in for one of its requirements."""
    found = rules(requirement)
    rule = rules_of(found, f"{requirement}/p1")
    kind = found.evidence[rule.evidence[0]]
    values: dict[str, Any] = {
        "application_no": number,
        "stream": paper_stream(kind.code, person.subject_ref, PAPER),
        "item_code": ITEM,
        "item_name": "示例事项",
        "purpose": "办理示例事项",
        "operator": clerk(),
        "department": DECIDING,
        "department_name": "德化县司法局",
        "policy": patient_policy(),
        "calendar": CALENDAR,
        "queues": {},
        "requirement": f"{requirement}/p1",
        "evidence": rule.evidence[0],
        "round": 1,
        "kind": kind,
        "rule": rule,
        "subject": person,
        "origin": origin,
        "document_digest": PAPER,
        "library": LIBRARY,
    }
    return DigitisationStart.model_validate(values | changes)


def joining(number: str, requirement: str = "r_shared/p1", evidence: str = "household") -> Joining:
    return Joining(
        application_no=number,
        requirement=requirement,
        evidence=evidence,
        department=DECIDING,
        department_name="德化县司法局",
    )


def licence_start(number: str | None, person: Subject, **changes: Any) -> CompletionStart:
    """A licence that the library lacks: hit by a case, or (``None``) told by its holder."""
    kind = rules("r_licence").evidence["id_card"]
    values: dict[str, Any] = {
        "application_no": number or own_number(kind.code, person.subject_ref),
        "stream": completion_stream(kind.code, person.subject_ref),
        "item_code": ITEM if number else "licence_completion",
        "item_name": "示例事项" if number else "电子证照补齐",
        "purpose": "办理示例事项" if number else "补齐电子证照",
        "operator": clerk(),
        "department": DECIDING,
        "department_name": "德化县司法局",
        "policy": patient_policy(),
        "calendar": CALENDAR,
        "queues": {},
        "kind": kind,
        "subject": person,
        "opened_by": "case" if number else "holder",
        "lack": "no_record",
        "case": joining(number, "r_licence/p1", "id_card") if number else None,
        "library": LIBRARY,
    }
    return CompletionStart.model_validate(values | changes)
