"""A county that offers the long routes: a catalogue whose facts need people, a policy, and people who answer."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.service import RPCError

from infra.settings import TemporalSettings
from schemas.application import Actor
from schemas.assignment import Step
from schemas.catalogue import (
    Alternative,
    Body,
    Catalogue,
    CommitmentTerms,
    DeferralTerms,
    Department,
    IssuerClass,
)
from schemas.clock import WorkingCalendar
from schemas.codes import (
    ActorKind,
    BodyRole,
    CheckBy,
    CheckMode,
    Consequence,
    EvidenceKind,
    OverdueEffect,
    Platform,
    Route,
    SourceAttribute,
)
from schemas.collaboration_exchange import CollaborationCallback
from schemas.exchange import AnswerClass
from schemas.policy import LongPolicy, StepBudget
from tests.workflows.catalogues import P, _requirement, _source, _type, sample_catalogue
from tests.workflows.fakes import CALENDAR, World, said
from workers.serve import build_workers

DECIDING = "11350526MB0000003J"
HEALTH = "11350526MB0000005Q"
COMMITTEE = "11350526MB0000011D"
REFORM = "11350526MB0000012G"
JUSTICE = "11350526MB0000001C"
OFFERED = tuple(r for r in Route if r not in tuple(Route)[:4])
_numbers = itertools.count(1)
KEEPERS: list[Callable[[WorkflowHistory], None]] = []
"""Who is given the history of everything that ran, when a test ends; empty but while histories are recorded."""


def policy(**changes: Any) -> LongPolicy:
    """Every step one working day, verification and the helper given up after three, the applicant asked for five."""
    steps = {step: StepBudget(working_days=1) for step in Step}
    steps |= {
        Step.VERIFICATION: StepBudget(working_days=1, gives_up_after=3),
        Step.OPINION: StepBudget(working_days=2, gives_up_after=3),
        Step.CHOICE: StepBudget(working_days=5, gives_up_after=5),
        Step.PROPOSAL: StepBudget(working_days=3, gives_up_after=5),
        Step.ASSISTANCE: StepBudget(working_days=5, gives_up_after=10),
        Step.SUPPLEMENT: StepBudget(working_days=10),
        Step.DEFERRED_SUPPLY: StepBudget(working_days=5, gives_up_after=5),
    }
    return LongPolicy.model_validate({"offered": OFFERED, "steps": steps} | changes)


def long_catalogue(only: tuple[str, ...]) -> Catalogue:
    """One item with the requirements named:

    ``r_verify``: no source, an issuer on the platform; ``r_village``: no source, an issuer that is not on it;
    ``r_shared``: shared data whose issuer is on the platform; ``r_licence``: an e-licence; ``r_commit``: on the list of
    commitments (全查 by verification); ``r_defer``: may be supplied later.
    """
    base = sample_catalogue("long_2026")
    terms = {
        name: f"示例{name}"
        for name in (
            "obligation", "content", "manner", "liability", "check_power", "publicity", "fulfilment", "supervision",
        )
    }  # fmt: skip
    requirements = {
        "r_verify": _requirement("r_verify", "fertility"),
        "r_village": _requirement("r_village", "village_proof"),
        "r_shared": _requirement("r_shared", "household"),
        "r_licence": _requirement("r_licence", "id_card"),
        "r_commit": _requirement("r_commit", "hardship"),
        "r_defer": _requirement("r_defer", "insurance", deferrable=True),
        "r_any": _requirement(
            "r_any",
            "fertility",
            alternatives=(Alternative(evidence_type="id_card"), Alternative(evidence_type="fertility")),
        ),
    }
    issuers = tuple(
        i.model_copy(update={"department": "police", "on_platform": True}) if i.code == "police" else i
        for i in base.issuer_classes
    )
    health = IssuerClass(code="health", name="卫生健康部门", department="health", on_platform=True)
    return base.model_copy(
        update={
            "departments": (
                *base.departments,
                Department(code="police", name="德化县公安局", uscc="11350526MB0000002F", provenance=P),
                Department(code="health", name="德化县卫生健康局", uscc=HEALTH, provenance=P),
            ),
            "issuer_classes": (*issuers, health),
            "evidence_types": (
                *base.evidence_types,
                _type("fertility", "生育情况证明", issuer_class="health"),
                _type("village_proof", "居住情况证明", issuer_class="village_committee"),
                _type(
                    "insurance",
                    "保险凭证",
                    kind=EvidenceKind.PUBLIC_SERVICE,
                    source_attribute=SourceAttribute.OTHER,
                    issuer_class="hospital",
                    public_service_sector="保险",
                    public_service_item="投保",
                ),
            ),
            "sources": (
                *base.sources,
                _source("fertility", Route.DATA_SHARING, Platform.DATA_SHARING),
            ),
            "list_entries": base.list_entries
            | {"retained": (*base.list_entries["retained"], "fertility", "village_proof", "insurance")},
            "items": tuple(
                i.model_copy(
                    update={
                        "statutory_working_days": 20,
                        "promised_working_days": 10,
                        "assistance": True,
                        "required_roles": ("applicant",),
                    }
                )
                for i in base.items
            ),
            "requirements": tuple(requirements[name] for name in only),
            "bodies": tuple(
                Body(role=role, name=name, uscc=uscc, provenance=P)
                for role, name, uscc in (
                    (BodyRole.COMMITTEE, "县行政服务中心管委会", COMMITTEE),
                    (BodyRole.REFORM, "县审改办", REFORM),
                    (BodyRole.JUSTICE, "德化县司法局", JUSTICE),
                )
            ),
            "commitments": (
                CommitmentTerms(
                    requirement="r_commit",
                    evidence_type="hardship",
                    letter_version="letter_1",
                    check=CheckMode.ALL,
                    check_within_days=20,
                    check_by=CheckBy.VERIFICATION,
                    consequences=(Consequence.RECTIFY, Consequence.REVOKE),
                    rectify_days=5,
                    provenance=P,
                    **terms,
                ),
            ),
            "deferrals": (
                DeferralTerms(
                    requirement="r_defer", form="原件扫描", within_days=5, overdue=OverdueEffect.RETURN, provenance=P
                ),
            ),
        }
    )


def county(*only: str, calendar: WorkingCalendar = CALENDAR, **changes: Any) -> World:
    """A world whose sharing platforms know nothing of the facts that need people."""
    world = World(long_catalogue(only), long=policy(**changes), calendar=calendar)
    missing = ("fertility", "household", "id_card", "hardship", "insurance", "village_proof")
    for platform in world.platforms.values():
        platform.answers = dict.fromkeys(missing, lambda q: said(AnswerClass.NOT_FOUND))
    return world


@asynccontextmanager
async def serving(client: Client, settings: TemporalSettings, world: World) -> AsyncIterator[str]:
    """Workers of every workflow on a queue of their own; what a test leaves running would hold the one clock still."""
    queue = f"long-{next(_numbers)}"
    (worker,) = build_workers(client, settings.model_copy(update={"task_queue": queue}), world.activities())
    async with worker:
        try:
            yield queue
        finally:
            for stream in list(world.ledger.streams):
                for workflow_id in (stream, stream.rpartition("/")[0]):  # what cases share has a stream for each run
                    with suppress(RPCError):
                        handle = client.get_workflow_handle(workflow_id)
                        await hand_over(handle)
                        await handle.terminate("end of the test")


async def hand_over(handle: WorkflowHandle[Any, Any]) -> None:
    """Give its history to whoever keeps histories."""
    for keep in KEEPERS:
        keep(await handle.fetch_history())


def answer(world: World, asked_key: str, verdict: str, **fields: Any) -> CollaborationCallback:
    """The reply of the department that was asked under a key."""
    asked = world.outside.collaboration.requests[asked_key]
    values: dict[str, Any] = {
        "message_id": f"m-{next(_numbers)}",
        "stream": asked.stream,
        "key": asked_key,
        "department": asked.to_department,
        "verdict": verdict,
        "reason": None,
        "document_digest": None,
        "conditions": None,
        "answered_at": datetime.now(UTC),
    }
    return CollaborationCallback.model_validate(values | fields)


async def reply(client: Client, world: World, asked: str, verdict: str, **fields: Any) -> None:
    """Bring the reply to the workflow that asked under a key."""
    callback = answer(world, asked, verdict, **fields)
    handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(callback.stream)
    await handle.execute_update("reply", callback, id=callback.message_id)


def clerk(department: str = DECIDING, number: int = 7) -> Actor:
    """A window clerk or a member of a department."""
    return Actor(kind=ActorKind.CLERK, actor_id=f"clerk-{number}", department=department)


def bodies_of(world: World, stream: str) -> list[str]:
    """Types of the events the ledger has of a stream."""
    return [event.body.type for event in world.ledger.streams.get(stream, [])]


Ask = Callable[[], bool]
