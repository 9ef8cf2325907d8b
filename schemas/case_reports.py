"""What a case makes of the reports of its long routes (pure; laws 6 and 7): one settlement, each report heard once."""

from __future__ import annotations

from schemas.case_state import Case, RequirementStanding, RequirementState, RouteStanding, RouteState
from schemas.codes import Route
from schemas.events import EventBody, RequirementSettled
from schemas.ladder import refuted
from schemas.route_events import (
    CaseNewsKind,
    CompletionReport,
    CompletionReported,
    ReportKind,
    RequirementProvisionallySettled,
    RequirementReopened,
    ReviewReport,
    ReviewReported,
    RouteClosed,
    RouteReport,
    RouteReported,
    RungFinding,
    SettlementConfirmed,
)

NEVER_CALLED_OFF = (Route.PAPER_FIRST, Route.COMMITMENT)
"""The issuer's check of a paper and the check of a commitment go on whatever else settles the requirement (law 7)."""
_CLOSED = (RequirementStanding.PROVISIONAL, RequirementStanding.NOT_EXEMPTED)

Findings = tuple[RungFinding, ...]


def on_report(case: Case, report: RouteReport, findings: Findings) -> tuple[EventBody, ...]:
    """The events of a report; none for one that was heard already or comes from a stream the case does not know."""
    requirement = case.requirements.get(report.requirement)
    route = _route(requirement, report.stream)
    if requirement is None or route is None or report.sequence <= route.heard:
        return ()
    if not _counts(case, requirement, report):
        return (RouteReported(report=report, used=False),)
    said: list[EventBody] = [RouteReported(report=report, used=True)]
    found = (*findings, RungFinding(route=route.route, evidence=route.evidence, reason=f"tried_{report.detail}"))
    speaks = report.kind in (ReportKind.SETTLED, ReportKind.PROVISIONAL, ReportKind.ADVERSE)
    if speaks and requirement.standing in _CLOSED:
        said.append(_reopened(report, "late_answer"))
    match report.kind:
        case ReportKind.SETTLED:
            said.append(
                RequirementSettled(
                    requirement=report.requirement,
                    evidence=route.evidence,
                    ground=route.route.value,
                    basis=report.basis,
                    evidence_digest=report.evidence_digest,
                    findings=found,
                )
            )
            said += call_off(requirement, report.requirement, besides=report.stream)
        case ReportKind.PROVISIONAL:
            said.append(
                RequirementProvisionallySettled(
                    requirement=report.requirement,
                    evidence=route.evidence,
                    ground=route.route,
                    stream=report.stream,
                    basis=report.basis,
                    evidence_digest=report.evidence_digest,
                    findings=found,
                )
            )
        case ReportKind.CONFIRMED:
            confirmed = SettlementConfirmed(requirement=report.requirement, stream=report.stream, basis=report.basis)
            said += [confirmed, *call_off(requirement, report.requirement, besides=report.stream)]
        case ReportKind.REVERSED:
            said.append(_reopened(report, "reversed"))
        case ReportKind.FAILED | ReportKind.ADVERSE:
            pass
    return tuple(said)


def call_off(
    requirement: RequirementState, key: str, besides: str | None = None, *, ended: bool = False
) -> tuple[EventBody, ...]:
    """What settles a requirement for good withdraws the requests still open for it (law 7); so does the case's end."""
    reason = CaseNewsKind.APPLICATION_ENDED if ended else CaseNewsKind.SETTLED_OTHERWISE
    return tuple(
        RouteClosed(
            command=None,
            requirement=key,
            route=r.route,
            stream=r.stream,
            reason=reason,
        )
        for r in requirement.routes
        if r.standing is RouteStanding.OPEN and r.stream != besides and r.route not in NEVER_CALLED_OFF
    )


def on_review(case: Case, report: ReviewReport, findings: Findings) -> tuple[EventBody, ...]:
    """The conclusion of 异常复核: accepted with reasons, corrected (asked again), or not exempted."""
    requirement = case.requirements.get(report.requirement)
    review = next((r for r in requirement.reviews if r.stream == report.stream), None) if requirement else None
    if requirement is None or review is None or review.conclusion is not None:
        return ()
    open_ = requirement.standing is RequirementStanding.OPEN and not case.decided
    said: list[EventBody] = [ReviewReported(report=report, used=open_)]
    if open_ and report.conclusion == "accepted":
        said.append(
            RequirementSettled(
                requirement=report.requirement,
                evidence=report.evidence,
                ground=_reviewed_ground(requirement, report.evidence),
                basis=report.basis,
                evidence_digest=report.evidence_digest,
                findings=findings,
            )
        )
        said += call_off(requirement, report.requirement)
    return tuple(said)


def on_completion(case: Case, report: CompletionReport) -> tuple[EventBody, ...]:
    """The licence was completed: the library is asked again where the requirement is not finally met."""
    requirement = case.requirements.get(report.requirement)
    known = next((c for c in requirement.completions if c.stream == report.stream), None) if requirement else None
    if requirement is None or known is None or known.completed is not None:
        return ()
    wanted = report.completed and not case.decided and requirement.standing is not RequirementStanding.SETTLED
    said: list[EventBody] = [CompletionReported(report=report, used=wanted)]
    if wanted and requirement.standing is RequirementStanding.NOT_EXEMPTED:
        reopened = RequirementReopened(requirement=report.requirement, reason="licence_completed", stream=report.stream)
        said.append(reopened)
    return tuple(said)


def _route(requirement: RequirementState | None, stream: str) -> RouteState | None:
    if requirement is None:
        return None
    return next((r for r in reversed(requirement.routes) if r.stream == stream), None)


def _counts(case: Case, requirement: RequirementState, report: RouteReport) -> bool:
    """Whether a report still changes anything: not after the decision, and not against what is settled for good."""
    if case.decided or requirement.standing is RequirementStanding.SETTLED:
        return False
    if report.kind in (ReportKind.CONFIRMED, ReportKind.REVERSED):
        return requirement.standing is RequirementStanding.PROVISIONAL and requirement.settled_stream == report.stream
    if report.kind is ReportKind.PROVISIONAL:
        return requirement.standing in (RequirementStanding.OPEN, RequirementStanding.NOT_EXEMPTED)
    return True


def _reopened(report: RouteReport, reason: str) -> RequirementReopened:
    return RequirementReopened.model_validate(
        {"requirement": report.requirement, "reason": reason, "stream": report.stream}
    )


def _reviewed_ground(requirement: RequirementState, evidence: str) -> str:
    """The route whose answer was reviewed."""
    if refuted(requirement, evidence):
        return Route.VERIFICATION.value
    return next(a.route.value for a in reversed(requirement.attempts) if a.evidence == evidence)
