"""ApplicationWorkflow on a real server with the outside in memory: the procedure, the acts, the faults."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from infra.settings import TemporalSettings
from infra.temporal.start import submit
from schemas.application import (
    Actor,
    ApplicationRequest,
    ApplicationResult,
    Authorisation,
    Demand,
    Party,
    Receipt,
    Volunteered,
    VolunteerEvidence,
    Withdraw,
)
from schemas.case import fold
from schemas.codes import ActorKind, HolderCodeType, PartyKind, Platform, Sensitivity
from schemas.errors import InvalidInput
from schemas.exchange import AnswerClass
from schemas.views import status_of
from tests.workflows.catalogues import ITEM, sample_catalogue
from tests.workflows.fakes import World, said
from workers.serve import build_workers

OPERATOR = Actor(kind=ActorKind.CLERK, actor_id="clerk-7", department="11350526MB0000003J")


def request(no: str | None = None, **fields: object) -> ApplicationRequest:
    applicant = Party(
        party_id="p1",
        role="applicant",
        kind=PartyKind.LIVING,
        id_type=HolderCodeType.RESIDENT_ID,
        id_number="350526199001010019",
        name="测试甲",
    )
    values: dict[str, object] = {
        "application_no": no or f"T-{uuid.uuid4().hex[:12]}",
        "item_code": ITEM,
        "parties": (applicant,),
        "operator": OPERATOR,
        "purpose": "办理示例事项",
    }
    return ApplicationRequest.model_validate(values | fields)


def spouse(*scopes: Sensitivity) -> Party:
    return Party(
        party_id="p2",
        role="spouse",
        kind=PartyKind.LIVING,
        id_type=HolderCodeType.RESIDENT_ID,
        id_number="350526199003071237",
        name="测试乙",
        authorisations=tuple(Authorisation(scope=s, document_digest="a" * 64) for s in scopes),
    )


@asynccontextmanager
async def serving(client: Client, settings: TemporalSettings, world: World) -> AsyncIterator[str]:
    queue = f"q-{uuid.uuid4().hex[:8]}"
    (worker,) = build_workers(client, settings.model_copy(update={"task_queue": queue}), world.activities())
    async with worker:
        yield queue


async def test_everything_shared_settles_in_one_append(client: Client, temporal_settings: TemporalSettings) -> None:
    world = World(sample_catalogue())
    world.platforms[Platform.DATA_SHARING].answers["no_criminal_record"] = lambda q: said(AnswerClass.NOT_FOUND)
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        result = await handle.result()
    assert result.status == "settled"
    assert {s.requirement: s.ground for s in result.settled} == {
        "r_identity/p1": "elicence",
        "r_household/p1": "data_sharing",
        "r_record/p1": "data_sharing",
    }
    assert result.applicant_made == ("申请表",)
    assert result.notice is None
    assert world.ledger.appends == 1
    history = await handle.fetch_history()
    assert len(history.events) <= 24, [e.event_type for e in history.events]
    from temporalio.api.enums.v1 import EventType

    print(len(history.events), [EventType.Name(e.event_type)[11:] for e in history.events])
