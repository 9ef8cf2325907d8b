"""投诉登记: somebody was sent for a proof; whoever looks after complaints records it against who sent him."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Response, Security
from pydantic import AfterValidator

from infra.catalogue.store import StoredCatalogues
from infra.gateway.behind import Behind
from infra.gateway.failures import not_now
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.ledger.register import enter
from infra.ledger.trail import masked_event
from infra.ledger.writer import PostgresLedger
from schemas.application import Actor, LedgerPosition, OpaqueId
from schemas.authority import ACTS_AS, Action, Principal
from schemas.base import Model
from schemas.catalogue import Catalogue
from schemas.clock import county_date
from schemas.codes import ActorKind
from schemas.complaint import ComplaintRecorded
from schemas.errors import FieldError, InvalidInput
from schemas.events import Event
from schemas.identifiers import ApplicationNo, Code, Uscc, refuse_resident_id
from schemas.ledger import LedgerRefusal
from schemas.register import register_events, register_number, register_stream

Clock = Callable[[], datetime]
EARLIEST = date(2024, 1, 1)
"""The policy is of 2024: nobody was promised anything before."""

EXAMPLE = {
    "reference": "12345-2026-0142",
    "department": "11350526MB0000003J",
    "evidence": "economic_hardship",
    "channel": "hotline",
    "happened_on": "2026-05-11",
}
KEPT = """
    SELECT e.canonical, e.sequence, e.event_id, e.chain_hash FROM ledger.event e
    WHERE e.stream = $1 AND e.sequence = 0 ORDER BY e.position LIMIT 1
"""


class ComplaintIntake(Model):
    """A complaint as it is handed in: no name and no words of the person, these stay where it was taken."""

    reference: Annotated[OpaqueId, AfterValidator(refuse_resident_id)]
    """Its number where it was taken; the same one again is the same complaint."""
    application_no: ApplicationNo | None = None
    """The case it concerns, where it concerns one of ours."""
    department: Uscc
    """Who sent him."""
    evidence: Code | None = None
    """The evidence type he was to bring."""
    issuer: Uscc | None = None
    """The office he was sent to."""
    channel: Literal["window", "hotline", "platform", "letter"]
    happened_on: date


class ComplaintReceipt(Model):
    """The complaint is in the ledger."""

    reference: str
    position: LedgerPosition


def complaint_router(behind: Behind, ledger: PostgresLedger, now: Clock = lambda: datetime.now(UTC)) -> APIRouter:
    """``POST /complaints``."""
    routes = APIRouter(tags=["statistics"])
    catalogues = StoredCatalogues(behind.pool)

    @routes.post(
        "/complaints",
        status_code=201,
        responses={200: {"description": "已登记过的同一投诉。The same complaint again.", "model": ComplaintReceipt}},
        **both(
            "投诉登记",
            "Record a complaint",
            "有人被要求自行开具证明：登记后计入该部门的统计。同一编号重复提交是同一投诉，内容不同则 409。"
            "不收投诉人姓名与原文。An applicant was sent for a proof; repeats are the same complaint.",
        ),
    )
    async def record(
        intake: Annotated[ComplaintIntake, Body(openapi_examples={"hotline": {"value": EXAMPLE}})],
        response: Response,
        principal: Principal = Security(behind.bearer),
    ) -> ComplaintReceipt:
        if intake.application_no is None:
            await behind.guard(principal, Action.COMPLAINT, None)
        else:
            await behind.look(principal, Action.COMPLAINT, intake.application_no)
        at = now()
        try:
            catalogue, _ = await catalogues.in_force(county_date(at))
        except LookupError:
            raise not_now() from None
        if errors := check(intake, catalogue, county_date(at)):
            raise InvalidInput(errors)
        [event] = register_events(
            register_stream("complaint", intake.reference),
            [_body(intake)],
            actor=_recorder(principal),
            at=at,
            application_no=intake.application_no,
        )
        if (known := await _known(behind, intake, event)) is None:
            try:
                return ComplaintReceipt(reference=intake.reference, position=await enter(ledger, [event]))
            except LedgerRefusal:
                # Somebody has entered it meanwhile.
                if (known := await _known(behind, intake, event)) is None:
                    raise
        response.status_code = 200
        return ComplaintReceipt(reference=intake.reference, position=known)

    return routes


def check(intake: ComplaintIntake, catalogue: Catalogue, today: date) -> tuple[FieldError, ...]:
    """What is wrong with a complaint: whom and what nobody knows, a day that cannot be (pure)."""
    offices = {d.uscc for d in catalogue.departments} | {b.uscc for b in catalogue.bodies}
    wrong = (
        ("department", "unknown_department", intake.department not in offices, "目录中没有此部门"),
        (
            "evidence",
            "unknown_evidence",
            intake.evidence is not None and intake.evidence not in {k.code for k in catalogue.evidence_types},
            "目录中没有此证明材料",
        ),
        ("happened_on", "out_of_time", not EARLIEST <= intake.happened_on <= today, f"须在 {EARLIEST} 至今日之间"),
    )
    return tuple(FieldError(field=field, code=code, message=text) for field, code, is_so, text in wrong if is_so)


def _body(intake: ComplaintIntake) -> ComplaintRecorded:
    return ComplaintRecorded.model_validate(intake.model_dump(exclude={"application_no"}))


def _recorder(principal: Principal) -> Actor:
    """Who recorded it.  Whoever only watches over cases acts in none, and stands here as a supervisor."""
    kind = next((ACTS_AS[role] for role in principal.roles if role in ACTS_AS), ActorKind.SUPERVISOR)
    return Actor(kind=kind, actor_id=principal.principal_id, department=principal.department)


async def _known(behind: Behind, intake: ComplaintIntake, event: Event) -> LedgerPosition | None:
    """Where the same complaint stands already.  Raises Refused 409 where another stands under its number."""
    row = await behind.pool.fetchrow(KEPT, event.stream)
    if row is None:
        return None
    kept = masked_event(row["canonical"])
    number = intake.application_no or register_number(kept.occurred_at)
    if (kept.body, kept.application_no) != (event.body, number):
        raise Refused(409, "complaint_differs")
    return LedgerPosition(
        stream=event.stream,
        sequence=row["sequence"],
        event_id=str(row["event_id"]),
        chain_hash=row["chain_hash"].hex(),
    )
