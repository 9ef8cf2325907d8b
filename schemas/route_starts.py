"""What each long route of a case is started with (pure): drawn from the request, the admission and the state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from schemas.application import ApplicationRequest, Origin
from schemas.asking import Question
from schemas.assistance import AssistanceStart
from schemas.base import Model
from schemas.case_commands import ProposeDisposition, SignCommitment
from schemas.case_state import Case, CompletionState, RequirementState, ReviewState, RouteState
from schemas.catalogue import EvidenceRule, RequirementRule
from schemas.clock import WorkingCalendar
from schemas.codes import Route
from schemas.commitment import CommitmentStart
from schemas.commitment_terms import CommitmentTerms
from schemas.completion import CompletionStart
from schemas.credit_check import PartyFact, committer_of
from schemas.digitisation import DigitisationStart
from schemas.disposition import DispositionStart
from schemas.evidence import FOR_A_PERSON, WAITABLE, OutcomeKind
from schemas.exchange import Subject
from schemas.joining import Joining
from schemas.ladder import Ask, contested
from schemas.long_ladder import terms_for
from schemas.long_route import RouteStart, rules_of
from schemas.lookup import library_of
from schemas.policy import Admission, LongPolicy
from schemas.review import ReviewStart
from schemas.route_events import RungFinding
from schemas.verification import VerificationStart

WATCHED = (OutcomeKind.NO_RECORD, *WAITABLE)
"""Answers after which a source may yet have the record."""


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
    """What a review is about: what a long route brought, or the last answer of a platform about the evidence."""
    said = contested(state, evidence)
    if said is not None and said.outcome is not None:
        return said.outcome, said.result or ""
    last = next(a for a in reversed(state.attempts) if a.evidence == evidence and a.kind in FOR_A_PERSON)
    return last.kind, last.detail


def base_of(
    request: ApplicationRequest, admission: Admission, case: Case, requirement: str, evidence: str, stream: str
) -> dict[str, Any]:
    """The fields of ``RouteStart`` that are the same for every long route of a requirement."""
    rules = admission.rules
    code, _, party_id = requirement.rpartition("/")
    origin = case.requirements[requirement].origin
    return circumstances(request, admission, stream) | {
        "requirement": requirement,
        "evidence": evidence,
        "kind": rules.evidence[evidence],
        "rule": rules_of(rules, requirement),
        "subject": subject_of(request, admission, party_id),
        "origin": Origin(requirement_code=code, party_id=party_id, **origin.model_dump()) if origin else None,
    }


def start_of(
    request: ApplicationRequest,
    admission: Admission,
    case: Case,
    requirement: str,
    route: RouteState,
    command: Model | None,
) -> RouteStart:
    """What the workflow of an opened route is started with; ``command`` is the act that opened it."""
    base = base_of(request, admission, case, requirement, route.evidence, route.stream) | {
        "round": route.round,
        "document_digest": route.document_digest,
    }
    party_id = requirement.rpartition("/")[2]
    match route.route, command:
        case Route.VERIFICATION, _:
            return VerificationStart(**base)
        case Route.PAPER_FIRST, _:
            return DigitisationStart(**base, library=library_of(request, admission, party_id))
        case Route.ASSISTANCE, _:
            return AssistanceStart(**base, requirement_names=case.requirements[requirement].raised.names)
        case Route.COMMITMENT, SignCommitment() as signed:
            parties = tuple(PartyFact(party_id=p.party_id, role=p.role, kind=p.kind) for p in request.parties)
            return CommitmentStart(
                **base,
                terms=commitment_terms(base["rule"], base["kind"]),
                signed=signed,
                parties=parties,
                committer=subject_of(request, admission, committer_of(parties, party_id).party_id),
                library=library_of(request, admission, party_id),
                sampling_seed=admission.rules.ref.digest,
            )
        case Route.FLEXIBLE_DISPOSITION, ProposeDisposition() as proposed:
            return DispositionStart(
                **base,
                proposal=proposed.proposal,
                unit=proposed.unit,
                proposed_by=proposed.actor,
                bodies=admission.rules.bodies,
            )
    raise ValueError(f"{route.route} was opened without the act that opens it")


def review_start(
    request: ApplicationRequest, admission: Admission, case: Case, requirement: str, review: ReviewState
) -> ReviewStart:
    """What 异常复核 is started with."""
    base = base_of(request, admission, case, requirement, review.evidence, review.stream)
    detail = review_about(case.requirements[requirement], review.evidence)[1]
    return ReviewStart(**base, round=1, document_digest=None, outcome=review.outcome, detail=detail)


def completion_start(
    request: ApplicationRequest, admission: Admission, case: Case, requirement: str, completion: CompletionState
) -> CompletionStart:
    """What 证照补齐 is started with, by the first case that hits the gap."""
    party_id = requirement.rpartition("/")[2]
    state = case.requirements[requirement]
    last = next(a for a in reversed(state.attempts) if a.evidence == completion.evidence)
    return CompletionStart(
        **circumstances(request, admission, completion.stream),
        kind=admission.rules.evidence[completion.evidence],
        subject=subject_of(request, admission, party_id),
        opened_by="case",
        lack="mismatch" if last.kind is OutcomeKind.MISMATCH else "no_record",
        case=joining_of(admission, request, requirement, completion.evidence),
        library=library_of(request, admission, party_id),
    )


def joining_of(admission: Admission, request: ApplicationRequest, requirement: str, evidence: str) -> Joining:
    """By what a case joins a procedure that several share."""
    return Joining(
        application_no=request.application_no,
        requirement=requirement,
        evidence=evidence,
        department=admission.rules.department,
        department_name=admission.rules.department_name,
    )


def commitment_terms(rule: RequirementRule, kind: EvidenceRule) -> CommitmentTerms:
    """The terms that were signed.  Raises ValueError where the catalogue has none: the act was refused then."""
    terms = terms_for(rule, kind)
    if terms is None:
        raise ValueError(f"no terms of commitment for {kind.code}")
    return terms


def watchable(
    admission: Admission, case: Case, requirement: str, findings: tuple[RungFinding, ...], now: datetime
) -> tuple[Question, ...]:
    """What is asked again while people are working: every source that had nothing, or did not answer (law 7)."""
    state = case.requirements[requirement]
    found: list[Question] = []
    for evidence in state.raised.evidence:
        for source in admission.rules.evidence[evidence].sources if evidence in admission.rules.evidence else ():
            tries = [a for a in state.attempts if (a.evidence, a.resource_code) == (evidence, source.resource_code)]
            tries = [a for a in tries if (a.route, a.platform) == (source.route, source.platform)]
            if tries and tries[-1].kind in WATCHED:
                ask = Ask(evidence=evidence, source=source, round=len(tries) + 1, wait_seconds=None)
                found.append(Question(requirement=requirement, ask=ask, findings=findings, asked_at=now))
    return tuple(found)


def circumstances(request: ApplicationRequest, admission: Admission, stream: str) -> dict[str, Any]:
    """The fields of ``ConversationStart``: the same for everything that waits on people for a case."""
    rules = admission.rules
    return {
        "application_no": request.application_no,
        "stream": stream,
        "item_code": rules.item_code,
        "item_name": rules.item_name,
        "purpose": request.purpose,
        "operator": request.operator,
        "department": rules.department,
        "department_name": rules.department_name,
        "policy": long_policy(admission),
        "calendar": calendar_of(admission),
        "queues": admission.policy.queues,
    }
