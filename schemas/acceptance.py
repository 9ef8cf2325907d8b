"""受理 to 办结: the acts of the deciding department on the case as a whole, and the clocks that run with them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from schemas.application import Actor, CommandId, CommandRef, Notice, OpaqueId
from schemas.base import Model, Sha256Hex, ShortText
from schemas.identifiers import refuse_resident_id
from schemas.timetable import ClockKind, SuspensionGround

Reason = Annotated[ShortText, AfterValidator(refuse_resident_id)]


class DepartmentAct(Model):
    """An act of the deciding department (or of the window that took the case in), with its actor."""

    command_id: CommandId
    actor: Actor


class IssueNotice(DepartmentAct):
    """Update ``issue_notice``: the one 补正告知 goes out, naming everything still required."""


class Accept(DepartmentAct):
    """Update ``accept``: 受理."""

    accepted_at: AwareDatetime | None = None


class RefuseAcceptance(DepartmentAct):
    """Update ``refuse_acceptance``: 不予受理, with the legal ground."""

    reason: Reason
    legal_basis: Reason


class ExtendClock(DepartmentAct):
    """Update ``extend_clock``: 延长 (行政许可法 42), decided by the head of the department, told in writing."""

    clock: ClockKind
    working_days: int = Field(ge=1, le=60)
    reason: Reason
    decided_by: OpaqueId
    """The head who decided: not the one who asks for it."""
    notice_digest: Sha256Hex


class ExcludeTime(DepartmentAct):
    """Update ``exclude_time``: 扣除 begins (行政许可法 45), told in writing."""

    procedure: Literal[
        "hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert_review"
    ]
    reason: Reason
    notice_digest: Sha256Hex


class ResumeClock(DepartmentAct):
    """Update ``resume_clock``: the excluded procedure is over."""


class ReportDecision(DepartmentAct):
    """Update ``report_decision``: the business system reports 决定."""

    decision: Literal["granted", "refused"]
    reference: OpaqueId
    decided_at: AwareDatetime | None = None


class Terminate(DepartmentAct):
    """Update ``terminate``: the applicant died, or the company was dissolved, before the decision."""

    cause: Literal["applicant_died", "company_dissolved"]
    reason: Reason
    document_digest: Sha256Hex


class NoticeIssued(Model):
    """补正告知 is issued: once, complete."""

    type: Literal["notice_issued"] = "notice_issued"
    command: CommandRef | None
    notice: Notice


class ApplicationAccepted(Model):
    """受理; ``deemed`` where no notice went out in time (行政许可法 32)."""

    type: Literal["application_accepted"] = "application_accepted"
    command: CommandRef | None
    deemed: bool
    accepted_at: AwareDatetime


class AcceptanceRefused(Model):
    """不予受理: the end of the case."""

    type: Literal["acceptance_refused"] = "acceptance_refused"
    command: CommandRef
    reason: str
    legal_basis: str


class ClockStarted(Model):
    """法定 or 承诺时限 runs from now on."""

    type: Literal["clock_started"] = "clock_started"
    clock: ClockKind
    working_days: int
    started_at: AwareDatetime
    due_at: AwareDatetime
    due_provisional: bool
    calendar_version: str


class ClockExtended(Model):
    """延长."""

    type: Literal["clock_extended"] = "clock_extended"
    command: CommandRef
    clock: ClockKind
    working_days: int
    reason: str
    decided_by: str
    notice_digest: Sha256Hex
    due_at: AwareDatetime


class ClockSuspended(Model):
    """A clock stands still, and who is answerable for it."""

    type: Literal["clock_suspended"] = "clock_suspended"
    command: CommandRef | None
    clock: ClockKind
    ground: SuspensionGround
    reason: ShortText
    responsible: ShortText
    notice_digest: Sha256Hex | None


class ClockResumed(Model):
    """A clock runs again."""

    type: Literal["clock_resumed"] = "clock_resumed"
    command: CommandRef | None
    clock: ClockKind
    ground: SuspensionGround
    due_at: AwareDatetime


class DeferralSigned(Model):
    """容缺受理承诺书 is signed: the material is owed, and credit is asked before it counts."""

    type: Literal["deferral_signed"] = "deferral_signed"
    command: CommandRef
    requirement: str
    letter_digest: Sha256Hex


class DeferralGranted(Model):
    """容缺受理通知书: material, form, deadline and the effect of being overdue."""

    type: Literal["deferral_granted"] = "deferral_granted"
    requirement: str
    notice_text: str
    supply_due_at: AwareDatetime


class DeferredSupplied(Model):
    """What was owed has arrived."""

    type: Literal["deferred_supplied"] = "deferred_supplied"
    command: CommandRef
    requirement: str
    document_digest: Sha256Hex


class DeferralLapsed(Model):
    """What was owed did not come in time; ``effect`` is what the notice said would follow."""

    type: Literal["deferral_lapsed"] = "deferral_lapsed"
    requirement: str
    effect: str


class DecisionReported(Model):
    """决定 of the department; ``withheld`` while a deferred material is owed: no result is handed over."""

    type: Literal["decision_reported"] = "decision_reported"
    command: CommandRef
    decision: Literal["granted", "refused"]
    reference: str
    decided_at: AwareDatetime
    withheld: bool


class ResultReleased(Model):
    """Everything owed has come: the result may be handed over."""

    type: Literal["result_released"] = "result_released"


class ApplicationTerminated(Model):
    """The case ends without a decision, with the reason."""

    type: Literal["application_terminated"] = "application_terminated"
    command: CommandRef | None
    cause: Literal["applicant_died", "company_dissolved", "deferral_lapsed", "commitment_broken", "not_supplied"]
    reason: str
    document_digest: Sha256Hex | None


class ApplicationCompleted(Model):
    """办结."""

    type: Literal["application_completed"] = "application_completed"


ACCEPTANCE_BODIES = (
    NoticeIssued,
    ApplicationAccepted,
    AcceptanceRefused,
    ClockStarted,
    ClockExtended,
    ClockSuspended,
    ClockResumed,
    DeferralSigned,
    DeferralGranted,
    DeferredSupplied,
    DeferralLapsed,
    DecisionReported,
    ResultReleased,
    ApplicationTerminated,
    ApplicationCompleted,
)
AcceptanceBody = (
    NoticeIssued
    | ApplicationAccepted
    | AcceptanceRefused
    | ClockStarted
    | ClockExtended
    | ClockSuspended
    | ClockResumed
    | DeferralSigned
    | DeferralGranted
    | DeferredSupplied
    | DeferralLapsed
    | DecisionReported
    | ResultReleased
    | ApplicationTerminated
    | ApplicationCompleted
)
