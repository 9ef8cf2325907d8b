"""办件: what a business system hands in, what people may do to it, and what comes out."""

from __future__ import annotations

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Protocol, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from schemas.base import PLAIN, Model, Personal, Sha256Hex, ShortText
from schemas.codes import (
    ORGANISATION_CODE_TYPES,
    ActorKind,
    HolderCodeType,
    Implementation,
    Mode,
    PartyKind,
    Route,
    Sensitivity,
)
from schemas.identifiers import (
    ApplicationNo,
    AreaCode,
    Code,
    PartyId,
    SubjectRef,
    Uscc,
    check_resident_id,
    check_uscc,
    refuse_resident_id,
)

FactValue = str | int | bool
FactName = Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=60)]
FactText = Annotated[str, StringConstraints(max_length=200)]
FactNumber = Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]
PartyFacts = dict[FactName, FactText | FactNumber | bool]
"""Facts of a party as handed in: numbers within what canonical JSON (RFC 8785) carries, texts no documents."""
OpaqueId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
"""An id of another system, never personal: letters, digits and ``. _ : -``."""
CommandId = Annotated[OpaqueId, AfterValidator(refuse_resident_id)]
"""The id of one act; the same id again is the same act and gives the same answer."""


class Actor(Model):
    """操作主体: who did it.  ``actor_id`` is a staff or system number, never a name or an identity number."""

    kind: ActorKind
    actor_id: Annotated[OpaqueId, AfterValidator(refuse_resident_id)]
    department: Uscc | None = None


class Authorisation(Model):
    """The holder allows bank or health data of his to be looked up; the signed document is on record (law 9)."""

    scope: Sensitivity
    document_digest: Sha256Hex


class Party(Model):
    """当事人: a person or company of the case, in a role."""

    party_id: PartyId
    role: Code
    kind: PartyKind
    id_type: HolderCodeType
    id_number: Personal[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9()-]{3,40}$")]]
    name: Personal[
        Annotated[str, StringConstraints(pattern=PLAIN, strip_whitespace=True, min_length=1, max_length=100)]
    ]
    facts: Personal[PartyFacts] = Field(default_factory=dict, max_length=50)
    authorisations: tuple[Authorisation, ...] = Field(default=(), max_length=10)

    @model_validator(mode="after")
    def _number_fits_its_type(self) -> Self:
        organisation = self.id_type in ORGANISATION_CODE_TYPES
        if organisation != (self.kind is PartyKind.ORGANISATION):
            raise ValueError("id_type 与 kind 不符：组织须用组织代码，自然人须用个人证件")
        if self.id_type is HolderCodeType.RESIDENT_ID:
            check_resident_id(self.id_number)
        elif self.id_type is HolderCodeType.USCC:
            check_uscc(self.id_number)
        return self


class Volunteered(Model):
    """Evidence the applicant chooses to hand in himself [五(一)]; the document stays with the business system."""

    requirement_code: Code
    party_id: PartyId
    evidence_type: Code
    document_digest: Sha256Hex


class Demand(Model):
    """A material the business system's own guide still asks for, beyond what the catalogue says."""

    evidence: Annotated[
        str,
        StringConstraints(pattern=PLAIN, strip_whitespace=True, min_length=1, max_length=60),
        AfterValidator(refuse_resident_id),
    ]
    """The code or the Chinese name of the evidence type."""
    issuer_class: Code
    party_id: PartyId


class Origin(Model):
    """Where a fact of this case would have to come from: outside the province, or from long ago [四(七), 四(四)二]."""

    requirement_code: Code
    party_id: PartyId
    area: AreaCode | None = None
    """Of the issuer; ``None``: within the county's reach."""
    historical: bool = False
    abroad: bool = False
    """境外: for the disposition it is not 省外 unless 司法局 says otherwise."""


class Choice(Model):
    """The applicant wants a route, or will not have it [五(一)]."""

    requirement_code: Code
    party_id: PartyId
    route: Route
    wanted: bool


class ApplicationContent(Model):
    """What is applied for, for whom, and what was handed in and said with it.

    ``item_code`` is the 实施编码, or the catalogue's own code of a 便民服务事项.
    """

    item_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_]{2,60}$")]
    parties: tuple[Party, ...] = Field(min_length=1, max_length=50)
    purpose: Annotated[ShortText, AfterValidator(refuse_resident_id)]
    mode: Mode = Mode.INTERACTIVE
    volunteered: tuple[Volunteered, ...] = Field(default=(), max_length=100)
    demands: tuple[Demand, ...] = Field(default=(), max_length=50)
    origins: tuple[Origin, ...] = Field(default=(), max_length=100)
    choices: tuple[Choice, ...] = Field(default=(), max_length=100)
    received_at: AwareDatetime | None = None
    """收件 time where it was taken in earlier than this start; otherwise the start itself."""


class ApplicationRequest(ApplicationContent):
    """What starts a case: the content, its number, and who took it in."""

    application_no: ApplicationNo
    operator: Actor


class Act(StrEnum):
    """What people may do to a case, each by its own Update."""

    VOLUNTEER_EVIDENCE = "volunteer_evidence"
    WITHDRAW = "withdraw"
    # the applicant's will (at the window or through a business system)
    CHOOSE = "choose"
    SUBMIT_PAPER = "submit_paper"
    SIGN_COMMITMENT = "sign_commitment"
    WITHDRAW_COMMITMENT = "withdraw_commitment"
    SIGN_DEFERRAL = "sign_deferral"
    SUPPLY_DEFERRED = "supply_deferred"
    CONSENT_ASSISTANCE = "consent_assistance"
    REVOKE_ASSISTANCE = "revoke_assistance"
    REQUEST_PROOF = "request_proof"
    # the stage of 受理
    DECLARE_ORIGIN = "declare_origin"
    ASK_OPINION = "ask_opinion"
    ISSUE_NOTICE = "issue_notice"
    ACCEPT = "accept"
    REFUSE_ACCEPTANCE = "refuse_acceptance"
    EXTEND_CLOCK = "extend_clock"
    EXCLUDE_TIME = "exclude_time"
    RESUME_CLOCK = "resume_clock"
    REPORT_DECISION = "report_decision"
    TERMINATE = "terminate"
    # a department that was asked, a helper, a platform
    REPLY = "reply"
    PROGRESS = "progress"
    PROGRESS_BY_WINDOW = "progress_by_window"
    # review and disposition
    RECHECK = "recheck"
    HEAR = "hear"
    CONCLUDE_REVIEW = "conclude_review"
    PROPOSE_DISPOSITION = "propose_disposition"
    RETURN_PROPOSAL = "return_proposal"
    SUPPLY_FACTS = "supply_facts"
    RECUSE = "recuse"
    CONCLUDE = "conclude"
    DECIDE_DISPOSITION = "decide_disposition"
    RECORD_INQUIRY = "record_inquiry"
    MEET_CONDITION = "meet_condition"
    END_CONSULTATION = "end_consultation"
    # after a commitment
    RECORD_CHECK = "record_check"
    DECIDE_CONSEQUENCE = "decide_consequence"
    CONFIRM_RECTIFIED = "confirm_rectified"
    RECORD_CREDIT = "record_credit"
    RECORD_REPAIR = "record_repair"
    # licences
    REPORT_MISSING = "report_missing"
    CANNOT_BACKFILL = "cannot_backfill"
    CANNOT_COMPLETE = "cannot_complete"
    # supervision
    ANNUL_ALARM = "annul_alarm"
    REASSIGN = "reassign"
    CLOSE_CHECK = "close_check"
    # tasks in hand
    CLAIM_TASK = "claim_task"
    RELEASE_TASK = "release_task"
    HAND_OVER_TASK = "hand_over_task"
    # interventions
    REMIND = "remind"
    RETRY_NOW = "retry_now"
    PROPOSE_OVERRIDE = "propose_override"
    CONFIRM_OVERRIDE = "confirm_override"


class CommandRef(Model):
    """Which act was asked for: its id, its kind, and the digest of what it said, so that an id cannot be used twice."""

    command_id: CommandId
    act: Act
    digest: Sha256Hex


class VolunteerEvidence(Model):
    """Update ``volunteer_evidence``: the applicant hands in what he need not."""

    command_id: CommandId
    actor: Actor
    evidence: Volunteered


class Withdraw(Model):
    """Update ``withdraw``: the applicant takes his application back."""

    command_id: CommandId
    actor: Actor
    reason: Annotated[ShortText, AfterValidator(refuse_resident_id)]


class Command(Protocol):
    """What every act of ours carries."""

    @property
    def command_id(self) -> str:
        """The id of the act."""

    def model_dump_json(self, *, exclude: Any = None) -> str:
        """All it says."""


class Callback(Protocol):
    """What a platform brings: its message id is the id of the act."""

    @property
    def message_id(self) -> str:
        """The id of the message."""

    def model_dump_json(self, *, exclude: Any = None) -> str:
        """All it says."""


def command_ref(act: Act, command: Command) -> CommandRef:
    """The reference of a command; the same command, sent again, has the same."""
    return _reference(act, command.command_id, command.model_dump_json(exclude={"command_id"}))


def callback_ref(act: Act, callback: Callback) -> CommandRef:
    """The reference of what a platform brought; the same message, brought again, has the same."""
    return _reference(act, callback.message_id, callback.model_dump_json(exclude={"message_id"}))


def _reference(act: Act, command_id: str, said: str) -> CommandRef:
    return CommandRef(command_id=command_id, act=act, digest=hashlib.sha256(said.encode()).hexdigest())


class LedgerPosition(Model):
    """Where the ledger stands: the record up to here is durable."""

    stream: str
    sequence: int
    event_id: str
    chain_hash: Sha256Hex


class Receipt(Model):
    """The answer to an act: it is recorded, and here."""

    command_id: CommandId
    position: LedgerPosition


class SettledRequirement(Model):
    """A requirement of which the applicant need bring nothing, or that he chose to bring."""

    requirement: str
    evidence_type: Code
    evidence_name: str
    party_id: PartyId
    ground: str
    """A route, or ``volunteered``."""
    implementation: Implementation | None
    clause: str
    evidence_digest: Sha256Hex | None = None


class OpenRequirement(Model):
    """A requirement that stays with somebody: the applicant (不能免提交), a reviewer, or 司法局 (unlisted)."""

    requirement: str
    evidence_names: tuple[str, ...]
    party_id: PartyId
    reasons: tuple[str, ...]


class Notice(Model):
    """补正告知: one for the whole case, once, naming everything still required; never a visit to another unit."""

    text: str
    due: date
    due_provisional: bool
    """The working-day calendar is not published so far ahead; the date will be computed again."""


class Concern(Model):
    """An answer no machine may pass over, given for a requirement that something else settled: the window is told."""

    requirement: str
    evidence: str
    outcome: str
    detail: str


class ApplicationResult(Model):
    """What the business system gets back, after the ledger has it."""

    application_no: ApplicationNo
    catalogue_version: str
    status: str
    """``settled``; ``notice_due``: the applicant gets the notice; ``under_review``: only a person of the department can
    go on; ``queried``: all is settled but what 司法局 was asked about; ``withdrawn``; and for a case that stayed for
    what was owed ``not_accepted``, ``terminated`` or ``completed``."""
    settled: tuple[SettledRequirement, ...]
    provisional: tuple[SettledRequirement, ...] = ()
    """Settled, with a check still owed that outlives the case."""
    decision: str | None = None
    not_exempted: tuple[OpenRequirement, ...]
    queried: tuple[OpenRequirement, ...]
    applicant_made: tuple[str, ...]
    notice: Notice | None
    concerns: tuple[Concern, ...]
    position: LedgerPosition


class RungView(Model):
    """One rung of one requirement: taken, passed over with a reason and the clause, or not reached."""

    route: Route
    evidence_type: str
    """The code of the evidence type; for a material on no list, the name it was demanded by."""
    standing: str
    reason: str
    text: str
    clause: str


class RequirementView(Model):
    """``explain`` for one requirement."""

    requirement: str
    evidence_names: tuple[str, ...]
    party_id: PartyId
    status: str
    rungs: tuple[RungView, ...]


class Explanation(Model):
    """Answer of the query ``explain``: for every requirement every route, taken or passed over, and why."""

    application_no: ApplicationNo
    catalogue_version: str | None
    requirements: tuple[RequirementView, ...]


class RouteStatus(Model):
    """A long route of a requirement: the workflow that carries it, how it stands, and what came of it."""

    route: Route
    stream: str
    standing: str
    result: str | None


class RequirementStatus(Model):
    """``status`` for one requirement."""

    requirement: str
    evidence_names: tuple[str, ...]
    party_id: PartyId
    status: str
    ground: str | None
    routes: tuple[RouteStatus, ...] = ()


class ApplicationStatus(Model):
    """Answer of the query ``status``; no personal data."""

    application_no: ApplicationNo
    item_code: str
    stage: str
    catalogue_version: str | None
    received_at: AwareDatetime
    notice_due: date | None
    notice_due_provisional: bool
    requirements: tuple[RequirementStatus, ...]
    subject_refs: tuple[SubjectRef, ...]
    accepted_at: AwareDatetime | None = None
    decision: str | None = None
    recorded: int
    """Events recorded so far in the case."""
    durable: int
    """How many of them the ledger has."""


def application_stream(application_no: str) -> str:
    """The workflow id of a case, which is also the name of its stream in the ledger."""
    return f"application/{application_no}"
