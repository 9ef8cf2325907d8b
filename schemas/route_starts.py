"""What each long route of a case is started with (pure): drawn from the request, the admission and the state."""

from __future__ import annotations

from typing import Any

from schemas.application import ApplicationRequest, Origin
from schemas.case_state import Case, RequirementState, RouteState
from schemas.clock import WorkingCalendar
from schemas.evidence import FOR_A_PERSON, OutcomeKind
from schemas.exchange import Subject
from schemas.ladder import refuted
from schemas.long_route import rules_of
from schemas.policy import Admission, LongPolicy


def long_policy(admission: Admission) -> LongPolicy:
    """The policy of a case that was admitted with long routes.  Raises ValueError for one that was not."""
    if admission.policy.long is None:
        raise ValueError("this case was admitted without long routes")
    return admission.policy.long


def calendar_of(admission: Admission) -> WorkingCalendar:
    """The calendar pinned at admission.  Raises ValueError where there is none."""
    if admission.calendar is None:
        raise ValueError("this case was admitted without a working calendar")
    return admission.calendar


def subject_of(request: ApplicationRequest, admission: Admission, party_id: str) -> Subject:
    """The party a route is about."""
    party = next(p for p in request.parties if p.party_id == party_id)
    return Subject(
        subject_ref=admission.subject_refs[party_id],
        id_type=party.id_type,
        id_number=party.id_number,
        name=party.name,
        facts=party.facts,
    )


def review_stream(application_no: str, requirement: str, number: int) -> str:
    """Workflow id of 异常复核; one for each answer that needs it."""
    return f"review/{application_no}/{requirement}/{number}"


def completion_stream(evidence_type: str, subject_ref: str) -> str:
    """Workflow id of 证照补齐: one for each licence, however many cases wait on it."""
    return f"completion/{evidence_type}/{subject_ref}"


def review_about(state: RequirementState, evidence: str) -> tuple[OutcomeKind, str]:
    """What a review is about: the refutation of a department, or the last answer about the evidence."""
    if refuted(state, evidence):
        return OutcomeKind.ADVERSE, "refuted"
    last = next(a for a in reversed(state.attempts) if a.evidence == evidence and a.kind in FOR_A_PERSON)
    return last.kind, last.detail


def base_of(
    request: ApplicationRequest, admission: Admission, case: Case, requirement: str, route: RouteState
) -> dict[str, Any]:
    """The fields of ``RouteStart`` for a route that was opened."""
    rules = admission.rules
    code, _, party_id = requirement.rpartition("/")
    origin = case.requirements[requirement].origin
    return {
        "application_no": request.application_no,
        "stream": route.stream,
        "requirement": requirement,
        "evidence": route.evidence,
        "round": route.round,
        "item_code": rules.item_code,
        "item_name": rules.item_name,
        "purpose": request.purpose,
        "operator": request.operator,
        "department": rules.department,
        "department_name": rules.department_name,
        "kind": rules.evidence[route.evidence],
        "rule": rules_of(rules, requirement),
        "subject": subject_of(request, admission, party_id),
        "origin": Origin(requirement_code=code, party_id=party_id, **origin.model_dump()) if origin else None,
        "document_digest": route.document_digest,
        "policy": long_policy(admission),
        "calendar": calendar_of(admission),
        "queues": admission.policy.queues,
    }
