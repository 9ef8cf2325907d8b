"""办件 as the fold of its events: the state that queries answer and the ladder decides on."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import assert_never

from pydantic import AwareDatetime, Field

from schemas.admission import RaisedRequirement
from schemas.application import CommandRef, Notice
from schemas.base import Model
from schemas.catalogue import CatalogueRef
from schemas.codes import Mode, Platform, Route
from schemas.errors import FieldError
from schemas.events import (
    ActRefused,
    ApplicationAdmitted,
    ApplicationCancelled,
    ApplicationHandedOver,
    ApplicationReceived,
    ApplicationRefused,
    ApplicationWithdrawn,
    AttemptClosed,
    AttemptMade,
    Event,
    EvidenceVolunteered,
    RequirementNotExempted,
    RequirementSettled,
    RungFinding,
    UnlistedEvidenceQueried,
)
from schemas.evidence import OutcomeKind
from schemas.identifiers import Code, PartyId, SubjectRef


class Stage(StrEnum):
    """How far a case is."""

    RECEIVED = "received"
    REFUSED = "refused"
    ESTABLISHING = "establishing"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"


ENDED = (Stage.REFUSED, Stage.WITHDRAWN, Stage.CANCELLED, Stage.HANDED_OVER)


class RequirementStanding(StrEnum):
    """How a requirement stands."""

    OPEN = "open"
    SETTLED = "settled"
    NOT_EXEMPTED = "not_exempted"
    QUERIED = "queried"
    APPLICANT_MADE = "applicant_made"


class AttemptState(Model):
    """What the ladder must remember of one try."""

    route: Route
    evidence: str
    platform: Platform
    resource_code: str
    round: int
    kind: OutcomeKind
    detail: str
    asked_at: AwareDatetime


class RequirementState(Model):
    """A requirement of the case and what has been tried for it."""

    raised: RaisedRequirement
    standing: RequirementStanding
    attempts: tuple[AttemptState, ...] = ()
    ground: str | None = None
    settled_by: str | None = None
    """Key of the evidence that settled it."""
    evidence_digest: str | None = None
    findings: tuple[RungFinding, ...] = ()


class PartyState(Model):
    """A party without its personal values."""

    party_id: PartyId
    role: Code
    subject_ref: SubjectRef


class AnsweredCommand(Model):
    """An act that was done, or refused with what was wrong."""

    command: CommandRef
    errors: tuple[FieldError, ...] = ()


class Case(Model):
    """The state of one 办件 after its events so far."""

    application_no: str
    item_code: str
    stage: Stage
    mode: Mode
    received_at: AwareDatetime
    catalogue: CatalogueRef | None = None
    parties: tuple[PartyState, ...] = ()
    requirements: dict[str, RequirementState] = Field(default_factory=dict)
    notice_due: date | None = None
    notice_due_provisional: bool = False
    notice: Notice | None = None
    commands: dict[str, AnsweredCommand] = Field(default_factory=dict)
    """The acts already answered, by id."""
    sequence: int = 0
    """Sequence of the last event folded in."""

    def open_requirements(self) -> tuple[str, ...]:
        """Keys of the requirements still open, in the order they were raised."""
        return tuple(k for k, r in self.requirements.items() if r.standing is RequirementStanding.OPEN)

    @property
    def ended(self) -> bool:
        """Whether nothing more can change the outcome."""
        return self.stage in ENDED


class ImpossibleEvent(Exception):
    """An event that does not fit the state: a defect, never bad input."""


def fold(events: tuple[Event, ...]) -> Case | None:
    """The state after ``events``; ``None`` when there are none."""
    case: Case | None = None
    for event in events:
        case = apply(case, event)
    return case


def apply(case: Case | None, event: Event) -> Case:
    """One event further.  Raises ImpossibleEvent for a gap or an event that its state does not allow."""
    body = event.body
    if case is None:
        if not isinstance(body, ApplicationReceived) or event.sequence != 0:
            raise ImpossibleEvent(f"a case begins with application_received, not {body.type} at {event.sequence}")
        return Case(
            application_no=event.application_no,
            item_code=body.item_code,
            stage=Stage.RECEIVED,
            mode=body.mode,
            received_at=body.received_at,
        )
    if event.application_no != case.application_no:
        raise ImpossibleEvent(f"an event of {event.application_no} in the stream of {case.application_no}")
    if event.sequence != case.sequence + 1:
        raise ImpossibleEvent(f"sequence {event.sequence} after {case.sequence}")
    if case.ended and not isinstance(body, ActRefused):
        raise ImpossibleEvent(f"{body.type} after the case ended as {case.stage}")
    return _change(case, event).model_copy(update={"sequence": event.sequence})


def _change(case: Case, event: Event) -> Case:
    body = event.body
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
            known = _requirement(case, body.requirement)
            return _with(case, known.model_copy(update={"attempts": (*known.attempts, attempt)}))
        case AttemptClosed():
            return case
        case EvidenceVolunteered():
            return _answered(case, body.command)
        case RequirementSettled():
            return _close(
                case,
                body.requirement,
                standing=RequirementStanding.SETTLED,
                ground=body.ground,
                settled_by=body.evidence,
                evidence_digest=body.evidence_digest,
                findings=body.findings,
            )
        case RequirementNotExempted():
            return _close(case, body.requirement, standing=RequirementStanding.NOT_EXEMPTED, findings=body.findings)
        case UnlistedEvidenceQueried():
            return _close(case, body.requirement, standing=RequirementStanding.QUERIED)
        case ApplicationWithdrawn():
            return _answered(case.model_copy(update={"stage": Stage.WITHDRAWN}), body.command)
        case ApplicationCancelled():
            return case.model_copy(update={"stage": Stage.CANCELLED})
        case ActRefused():
            return _answered(case, body.command, body.errors)
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


def _requirement(case: Case, key: str) -> RequirementState:
    if key not in case.requirements:
        raise ImpossibleEvent(f"the case has no requirement {key}")
    return case.requirements[key]


def _close(case: Case, key: str, **update: object) -> Case:
    known = _requirement(case, key)
    reopened = known.standing is RequirementStanding.NOT_EXEMPTED and update.get("ground") == "volunteered"
    if known.standing is not RequirementStanding.OPEN and not reopened:
        raise ImpossibleEvent(f"{key} is already {known.standing}")
    return _with(case, known.model_copy(update=update))


def _with(case: Case, requirement: RequirementState) -> Case:
    return case.model_copy(update={"requirements": case.requirements | {requirement.raised.key: requirement}})


def _answered(case: Case, command: CommandRef | None, errors: tuple[FieldError, ...] = ()) -> Case:
    if command is None:
        return case
    answered = AnsweredCommand(command=command, errors=errors)
    return case.model_copy(update={"commands": case.commands | {command.command_id: answered}})
