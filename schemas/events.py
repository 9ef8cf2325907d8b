"""事件: everything that ever changes a case, each with its own verb.  A case is nothing but the fold of these."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from schemas.acceptance import AcceptanceBody
from schemas.admission import RaisedRequirement
from schemas.application import (
    Actor,
    ApplicationRequest,
    CommandRef,
    FactValue,
    Notice,
    Volunteered,
)
from schemas.assignment import AssignmentBody
from schemas.assistance import AssistanceBody
from schemas.base import Model, Personal, Sha256Hex, ShortText
from schemas.catalogue import CatalogueRef
from schemas.codes import HolderCodeType, Mode, PartyKind, Platform, Route
from schemas.commitment_events import CommitmentBody
from schemas.complaint import ComplaintRecorded
from schemas.completion import CompletionBody
from schemas.consultation import ConsultationBody
from schemas.digitisation import DigitisationBody
from schemas.disposition_events import DispositionBody
from schemas.erasure import RetentionBody
from schemas.errors import FieldError
from schemas.evidence import Outcome
from schemas.identifiers import ApplicationNo, Code, PartyId, SubjectRef, Uscc
from schemas.intervention import RetryAsked
from schemas.joining import JoiningBody
from schemas.late_check import CheckClosed
from schemas.look import LooksRecorded
from schemas.lookup import LibraryAnswered
from schemas.report import ReportBody
from schemas.request_events import RequestBody
from schemas.review import ReviewBody
from schemas.route_events import RouteBody
from schemas.route_events import RungFinding as RungFinding
from schemas.stage_opinion_events import StageOpinionBody
from schemas.stream import ActRefused as ActRefused
from schemas.submission import SubmissionReceived
from schemas.verification import VerificationBody


class PartyRecord(Model):
    """A party as the ledger keeps it: personal values are sealed, the pseudonym stands for the person."""

    party_id: PartyId
    role: Code
    kind: PartyKind
    subject_ref: SubjectRef
    id_type: HolderCodeType
    id_number: Personal[str]
    name: Personal[str]
    facts: Personal[dict[str, FactValue]]


class ApplicationReceived(Model):
    """收件: a request came in.  Persons appear only after admission, when they have pseudonyms."""

    type: Literal["application_received"] = "application_received"
    item_code: str
    purpose: str
    mode: Mode
    party_ids: tuple[PartyId, ...]
    received_at: AwareDatetime


class ApplicationRefused(Model):
    """The request cannot become a case; the fields that are wrong are named and nothing was asked of anybody."""

    type: Literal["application_refused"] = "application_refused"
    errors: tuple[FieldError, ...]


class ApplicationAdmitted(Model):
    """The case is open: catalogue version pinned, parties known, requirements raised, notice clock started."""

    type: Literal["application_admitted"] = "application_admitted"
    catalogue: CatalogueRef
    item_name: str
    department: Uscc | None = None
    department_name: str | None = None
    """The deciding department; events older than the worklists do not say it."""
    parties: tuple[PartyRecord, ...]
    requirements: tuple[RaisedRequirement, ...]
    notice_due: date
    notice_due_provisional: bool


class AttemptMade(Model):
    """尝试: one source was asked for one requirement, with a typed outcome.

    ``used`` is false when the answer came after the requirement was closed: it is kept and changes nothing.
    """

    type: Literal["attempt_made"] = "attempt_made"
    requirement: str
    evidence: str
    route: Route
    platform: Platform
    resource_code: str
    round: int
    asked_at: AwareDatetime
    """Workflow time when the source was asked; the outcome carries the worker's own clock."""
    outcome: Outcome
    used: bool = True


class AttemptClosed(Model):
    """A question still out was closed because nothing depends on its answer any more (law 7)."""

    type: Literal["attempt_closed"] = "attempt_closed"
    requirement: str
    evidence: str
    route: Route
    platform: Platform
    round: int
    asked_at: AwareDatetime
    reason: Literal["settled_otherwise", "application_ended"]


class EvidenceVolunteered(Model):
    """The applicant chose to hand in the evidence himself [五(一)]."""

    type: Literal["evidence_volunteered"] = "evidence_volunteered"
    command: CommandRef | None
    """``None`` for what came with the application."""
    requirement: str
    given: Volunteered


class RequirementSettled(Model):
    """免提交依据: what closed the requirement, and why the rungs before it did not.

    ``ground`` is a route or ``volunteered``; ``basis`` is the act of a cancellation, or the legal basis otherwise.
    """

    type: Literal["requirement_settled"] = "requirement_settled"
    requirement: str
    evidence: str
    ground: Literal[
        "abolished",
        "elicence",
        "data_sharing",
        "trusted_document",
        "volunteered",
        "verification",
        "paper_first",
        "commitment",
        "deferred_supply",
        "assistance",
        "flexible_disposition",
    ]
    basis: str
    evidence_digest: Sha256Hex | None
    findings: tuple[RungFinding, ...]


class RequirementNotExempted(Model):
    """不能免提交: every rung is spent or closed; each says why.  It is no 不予受理."""

    type: Literal["requirement_not_exempted"] = "requirement_not_exempted"
    requirement: str
    findings: tuple[RungFinding, ...]


class UnlistedEvidenceQueried(Model):
    """清单之外: the evidence is on no list, so the applicant is not asked; 司法局 gets a query."""

    type: Literal["unlisted_evidence_queried"] = "unlisted_evidence_queried"
    requirement: str
    evidence: str
    addressed_to: Literal["justice"] = "justice"


class ApplicationWithdrawn(Model):
    """The applicant took the application back."""

    type: Literal["application_withdrawn"] = "application_withdrawn"
    command: CommandRef
    reason: ShortText


class ApplicationCancelled(Model):
    """An operator ended the case through Temporal; no outcome was reached and none is reported."""

    type: Literal["application_cancelled"] = "application_cancelled"
    reason: str


class ApplicationHandedOver(Model):
    """The outcome is handed to the business system: all settled, or one notice names what is still required."""

    type: Literal["application_handed_over"] = "application_handed_over"
    notice: Notice | None


CaseBody = (
    ApplicationReceived
    | ApplicationRefused
    | ApplicationAdmitted
    | AttemptMade
    | AttemptClosed
    | EvidenceVolunteered
    | RequirementSettled
    | RequirementNotExempted
    | UnlistedEvidenceQueried
    | ApplicationWithdrawn
    | ApplicationCancelled
    | ApplicationHandedOver
)
"""The events of a case that need no person but the applicant."""

EventBody = Annotated[
    CaseBody
    | ActRefused
    | AssignmentBody
    | RetryAsked
    | RouteBody
    | AcceptanceBody
    | RequestBody
    | CheckClosed
    | StageOpinionBody
    | JoiningBody
    | LibraryAnswered
    | DigitisationBody
    | CompletionBody
    | VerificationBody
    | AssistanceBody
    | ConsultationBody
    | DispositionBody
    | ReviewBody
    | CommitmentBody
    | ComplaintRecorded
    | LooksRecorded
    | RetentionBody
    | SubmissionReceived
    | ReportBody,
    Field(discriminator="type"),
]


class Event(Model):
    """One event of one stream (a workflow id).  ``sequence`` starts at 0; ``occurred_at`` is workflow time, UTC."""

    event_id: UUID
    stream: str
    application_no: ApplicationNo
    sequence: int
    previous_id: UUID | None
    occurred_at: AwareDatetime
    actor: Actor
    body: EventBody


def make_event_id(stream: str, sequence: int, previous_id: UUID | None, occurred_at: datetime) -> UUID:
    """UUIDv7 (RFC 9562) whose random bits are SHA-256 over place and time.

    A retry and a replay give the same id, a branch after a reset gives another (law 2).
    """
    microseconds = int(occurred_at.timestamp()) * 1_000_000 + occurred_at.microsecond
    seed = f"{stream}\n{sequence}\n{previous_id or ''}\n{microseconds}".encode()
    digest = int.from_bytes(hashlib.sha256(seed).digest()[:10], "big")
    random_a, random_b = digest >> 68, digest & ((1 << 62) - 1)
    value = (microseconds // 1000 & ((1 << 48) - 1)) << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b
    return UUID(int=value)


def received(request: ApplicationRequest, at: datetime) -> ApplicationReceived:
    """The first event of a case; ``at`` is the start, used where the request has no 收件 time of its own."""
    return ApplicationReceived(
        item_code=request.item_code,
        purpose=request.purpose,
        mode=request.mode,
        party_ids=tuple(p.party_id for p in request.parties),
        received_at=request.received_at or at,
    )


DigestHex = Sha256Hex
