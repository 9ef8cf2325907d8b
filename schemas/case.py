"""办件 as the fold of its events: the one way from what was recorded to how the case stands."""

from __future__ import annotations

from typing import assert_never

from schemas.acceptance import ACCEPTANCE_BODIES
from schemas.case_acceptance import change_acceptance
from schemas.case_routes import change_route, close_requirement, requirement_of, with_requirement
from schemas.case_state import ENDED as ENDED
from schemas.case_state import AttemptState as AttemptState
from schemas.case_state import Case as Case
from schemas.case_state import PartyState as PartyState
from schemas.case_state import RequirementStanding as RequirementStanding
from schemas.case_state import RequirementState as RequirementState
from schemas.case_state import RouteStanding as RouteStanding
from schemas.case_state import RouteState as RouteState
from schemas.case_state import Stage as Stage
from schemas.credit_check import CreditChecked
from schemas.events import (
    ApplicationAdmitted,
    ApplicationCancelled,
    ApplicationHandedOver,
    ApplicationReceived,
    ApplicationRefused,
    ApplicationWithdrawn,
    AttemptClosed,
    AttemptMade,
    CaseBody,
    Event,
    EvidenceVolunteered,
    RequirementNotExempted,
    RequirementSettled,
    UnlistedEvidenceQueried,
)
from schemas.route_events import ROUTE_BODIES
from schemas.stage_opinion_events import StageOpinionBody, change_opinion
from schemas.stream import ImpossibleEvent as ImpossibleEvent
from schemas.stream import Recorded, folding


def _begin(event: Recorded) -> Case:
    body = event.body
    if not isinstance(body, ApplicationReceived):
        raise ImpossibleEvent(f"a case begins with application_received, not {body.type}")
    return Case(
        application_no=event.application_no,
        item_code=body.item_code,
        stage=Stage.RECEIVED,
        mode=body.mode,
        received_at=body.received_at,
    )


def _step(case: Case, event: Recorded) -> Case:
    body = event.body
    if isinstance(body, ROUTE_BODIES):
        return change_route(case, body, event.occurred_at)
    if isinstance(body, ACCEPTANCE_BODIES):
        return change_acceptance(case, body, event.occurred_at)
    if isinstance(body, CaseBody):
        return _change(case, body)
    if isinstance(body, CreditChecked):
        return case
    if isinstance(body, StageOpinionBody):
        return change_opinion(case, body, event.occurred_at)
    raise ImpossibleEvent(f"{body.type} in the stream of a case")


apply = folding(_begin, _step)
"""One event further.  Raises ImpossibleEvent for a gap or an event that its state does not allow."""


def fold(events: tuple[Event, ...]) -> Case | None:
    """The state after ``events``; ``None`` when there are none."""
    case: Case | None = None
    for event in events:
        case = apply(case, event)
    return case


def _change(case: Case, body: CaseBody) -> Case:
    match body:
        case ApplicationReceived():
            raise ImpossibleEvent("application_received twice")
        case ApplicationRefused() | ApplicationAdmitted() if case.stage is not Stage.RECEIVED:
            raise ImpossibleEvent(f"{body.type} when the case is {case.stage}")
        case ApplicationRefused():
            return case.model_copy(update={"stage": Stage.REFUSED})
        case ApplicationAdmitted():
            return _admit(case, body)
        case AttemptMade():
            attempt = AttemptState(
                route=body.route,
                evidence=body.evidence,
                platform=body.platform,
                resource_code=body.resource_code,
                round=body.round,
                kind=body.outcome.kind,
                detail=body.outcome.detail,
                asked_at=body.asked_at,
            )
            known = requirement_of(case, body.requirement)
            return with_requirement(case, known.model_copy(update={"attempts": (*known.attempts, attempt)}))
        case AttemptClosed() | EvidenceVolunteered():
            return case
        case RequirementSettled():
            return close_requirement(
                case,
                body.requirement,
                standing=RequirementStanding.SETTLED,
                ground=body.ground,
                settled_by=body.evidence,
                evidence_digest=body.evidence_digest,
                findings=body.findings,
            )
        case RequirementNotExempted():
            standing = RequirementStanding.NOT_EXEMPTED
            return close_requirement(case, body.requirement, standing=standing, findings=body.findings)
        case UnlistedEvidenceQueried():
            return close_requirement(case, body.requirement, standing=RequirementStanding.QUERIED)
        case ApplicationWithdrawn():
            return case.model_copy(update={"stage": Stage.WITHDRAWN})
        case ApplicationCancelled():
            return case.model_copy(update={"stage": Stage.CANCELLED})
        case ApplicationHandedOver():
            if case.stage is not Stage.ESTABLISHING or case.open_requirements():
                raise ImpossibleEvent("handed over before admission or with open requirements")
            return case.model_copy(update={"stage": Stage.HANDED_OVER, "notice": body.notice})
        case _:
            assert_never(body)


def _admit(case: Case, body: ApplicationAdmitted) -> Case:
    return case.model_copy(
        update={
            "stage": Stage.ESTABLISHING,
            "catalogue": body.catalogue,
            "parties": tuple(
                PartyState(party_id=p.party_id, role=p.role, subject_ref=p.subject_ref) for p in body.parties
            ),
            "requirements": {
                r.key: RequirementState(
                    raised=r,
                    standing=RequirementStanding.APPLICANT_MADE if r.applicant_made else RequirementStanding.OPEN,
                )
                for r in body.requirements
            },
            "notice_due": body.notice_due,
            "notice_due_provisional": body.notice_due_provisional,
        }
    )
