"""What happens to a requirement on the routes that need a person: opened, reported on, closed, reviewed."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from schemas.application import CommandRef
from schemas.base import Model, Sha256Hex, ShortText
from schemas.codes import Route
from schemas.evidence import OutcomeKind
from schemas.identifiers import AreaCode, Code


class RungFinding(Model):
    """Why a rung was taken or passed over, for one kind of evidence: a stable reason code, and the outcome if tried."""

    route: Route
    evidence: str
    reason: str


class ReportKind(StrEnum):
    """What a long route tells its case."""

    SETTLED = "settled"
    """The fact is established; the requirement is closed for good."""
    PROVISIONAL = "provisional"
    """Settled while a check is owed."""
    CONFIRMED = "confirmed"
    """The check that was owed bore it out."""
    REVERSED = "reversed"
    """The check went against it: the settlement falls, the requirement is open again."""
    FAILED = "failed"
    """This route does not lead there; the ladder goes on."""
    ADVERSE = "adverse"
    """What was said needs a person of the deciding department (law 5)."""


class RouteReport(Model):
    """A long route tells its case what came of it, after its own record is durable.

    ``sequence`` is the last event of the reporting stream: a report not newer than one already heard is ignored.
    """

    stream: str
    sequence: int
    requirement: str
    route: Route
    kind: ReportKind
    detail: Code
    """Stable reason: ``confirmed``, ``no_answer``, ``declined``, …"""
    basis: ShortText
    evidence_digest: Sha256Hex | None = None
    outcome: OutcomeKind | None = None
    """For ``ADVERSE``: what the review is about."""


class ReviewReport(Model):
    """异常复核 tells the case how the deciding department concluded."""

    stream: str
    sequence: int
    requirement: str
    evidence: str
    conclusion: Literal["accepted", "corrected", "not_exempted"]
    basis: ShortText
    evidence_digest: Sha256Hex | None = None


class CompletionReport(Model):
    """证照补齐 tells a case that waits on it: the lookup finds the licence now, or the issuer cannot complete it."""

    stream: str
    sequence: int
    requirement: str
    evidence: str
    completed: bool
    detail: Code


class CaseNewsKind(StrEnum):
    """What a case tells a long route of its own."""

    SETTLED_OTHERWISE = "settled_otherwise"
    APPLICATION_ENDED = "application_ended"
    """Withdrawn, refused or terminated: nothing depends on the route any more."""
    DECIDED = "decided"
    """The department has decided: a late answer opens a check and changes nothing (law 6)."""
    REVOKED = "revoked"
    """The applicant took back his commitment or his consent."""


class CaseNews(Model):
    """From a case to one of its routes; the same news again changes nothing."""

    application_no: str
    requirement: str
    kind: CaseNewsKind


class RouteOpened(Model):
    """A long route begins for a requirement; ``stream`` is the workflow that carries it."""

    type: Literal["route_opened"] = "route_opened"
    command: CommandRef | None
    requirement: str
    evidence: str
    route: Route
    stream: str
    round: int = Field(ge=1)
    document_digest: Sha256Hex | None
    """The paper, the signed letter, or the authorisation it stands on."""
    findings: tuple[RungFinding, ...]


class RouteReported(Model):
    """A long route reported.  ``used`` is false where the report came too late to change anything."""

    type: Literal["route_reported"] = "route_reported"
    report: RouteReport
    used: bool


class RouteClosed(Model):
    """A long route that was still open is called off."""

    type: Literal["route_closed"] = "route_closed"
    command: CommandRef | None
    requirement: str
    route: Route
    stream: str
    reason: CaseNewsKind


class RequirementProvisionallySettled(Model):
    """免提交, while a check or a supply is still owed."""

    type: Literal["requirement_provisionally_settled"] = "requirement_provisionally_settled"
    requirement: str
    evidence: str
    ground: Route
    stream: str
    basis: ShortText
    evidence_digest: Sha256Hex | None
    findings: tuple[RungFinding, ...]


class SettlementConfirmed(Model):
    """What was provisional is final now."""

    type: Literal["settlement_confirmed"] = "settlement_confirmed"
    requirement: str
    stream: str
    basis: ShortText


class RequirementReopened(Model):
    """A requirement that was closed is open again: a late answer, a reversed settlement, a withdrawn commitment."""

    type: Literal["requirement_reopened"] = "requirement_reopened"
    requirement: str
    reason: Literal["late_answer", "reversed", "commitment_withdrawn", "licence_completed", "choice"]
    stream: str | None


class ChoiceMade(Model):
    """The applicant chose or refused a route [五(一)]."""

    type: Literal["choice_made"] = "choice_made"
    command: CommandRef | None
    requirement: str
    route: Route
    wanted: bool


class OriginDeclared(Model):
    """The fact would have to come from outside the province, or from long ago."""

    type: Literal["origin_declared"] = "origin_declared"
    command: CommandRef | None
    requirement: str
    area: AreaCode | None
    historical: bool
    abroad: bool


class ReviewOpened(Model):
    """异常复核: one task of the deciding department about one answer (law 5)."""

    type: Literal["review_opened"] = "review_opened"
    requirement: str
    evidence: str
    stream: str
    outcome: OutcomeKind
    detail: str


class ReviewReported(Model):
    """The review is concluded."""

    type: Literal["review_reported"] = "review_reported"
    report: ReviewReport
    used: bool


class CompletionJoined(Model):
    """证照补齐 of this licence is under way, and this case waits to hear of it."""

    type: Literal["completion_joined"] = "completion_joined"
    requirement: str
    evidence: str
    stream: str


class CompletionReported(Model):
    """The licence was completed, or cannot be."""

    type: Literal["completion_reported"] = "completion_reported"
    report: CompletionReport
    used: bool


class ProofRequested(Model):
    """主动要求获取证明材料 [五(一)]: handed to the issuer's item under a number to follow; never an exemption."""

    type: Literal["proof_requested"] = "proof_requested"
    command: CommandRef
    requirement: str
    evidence: str
    issuer: ShortText
    issuing_item: ShortText
    follow_no: str


ROUTE_BODIES = (
    RouteOpened,
    RouteReported,
    RouteClosed,
    RequirementProvisionallySettled,
    SettlementConfirmed,
    RequirementReopened,
    ChoiceMade,
    OriginDeclared,
    ReviewOpened,
    ReviewReported,
    CompletionJoined,
    CompletionReported,
    ProofRequested,
)
RouteBody = (
    RouteOpened
    | RouteReported
    | RouteClosed
    | RequirementProvisionallySettled
    | SettlementConfirmed
    | RequirementReopened
    | ChoiceMade
    | OriginDeclared
    | ReviewOpened
    | ReviewReported
    | CompletionJoined
    | CompletionReported
    | ProofRequested
)
