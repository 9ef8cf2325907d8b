"""The long routes in the fold of a case: opened, reported on, reviewed, reversed (law 7: one settlement each)."""

from __future__ import annotations

from datetime import datetime

from schemas.case_state import (
    Case,
    CompletionState,
    OriginState,
    RequirementStanding,
    RequirementState,
    ReviewState,
    RouteStanding,
    RouteState,
)
from schemas.codes import Route
from schemas.evidence import OutcomeKind
from schemas.route_events import (
    ChoiceMade,
    CompletionJoined,
    CompletionReported,
    OriginDeclared,
    ProofRequested,
    ReportKind,
    RequirementProvisionallySettled,
    RequirementReopened,
    ReviewOpened,
    ReviewReported,
    RouteBody,
    RouteClosed,
    RouteOpened,
    RouteReport,
    RouteReported,
    SettlementConfirmed,
)
from schemas.stream import ImpossibleEvent

_AFTER_REPORT = {
    ReportKind.SETTLED: RouteStanding.SETTLED,
    ReportKind.PROVISIONAL: RouteStanding.OPEN,
    ReportKind.CONFIRMED: RouteStanding.SETTLED,
    ReportKind.REVERSED: RouteStanding.FAILED,
    ReportKind.FAILED: RouteStanding.FAILED,
    ReportKind.ADVERSE: RouteStanding.FAILED,
}


def requirement_of(case: Case, key: str) -> RequirementState:
    """The requirement named by an event.  Raises ImpossibleEvent where the case has none."""
    if key not in case.requirements:
        raise ImpossibleEvent(f"the case has no requirement {key}")
    return case.requirements[key]


def with_requirement(case: Case, requirement: RequirementState) -> Case:
    """The case with one requirement changed."""
    return case.model_copy(update={"requirements": case.requirements | {requirement.raised.key: requirement}})


def close_requirement(case: Case, key: str, **update: object) -> Case:
    """Close an open requirement; one that was not exempted may still be met by what the applicant volunteers."""
    known = requirement_of(case, key)
    volunteered = known.standing is RequirementStanding.NOT_EXEMPTED and update.get("ground") == "volunteered"
    if known.standing is not RequirementStanding.OPEN and not volunteered:
        raise ImpossibleEvent(f"{key} is already {known.standing}")
    return with_requirement(case, known.model_copy(update=update))


def change_route(case: Case, body: RouteBody, at: datetime) -> Case:
    """The case after one event of its long routes."""
    key = body.report.requirement if isinstance(body, (RouteReported, ReviewReported, CompletionReported)) else ""
    known = requirement_of(case, key or getattr(body, "requirement", ""))
    match body:
        case RouteOpened():
            opened = RouteState(
                route=body.route,
                evidence=body.evidence,
                stream=body.stream,
                round=body.round,
                standing=RouteStanding.OPEN,
                document_digest=body.document_digest,
                opened_at=at,
            )
            update: dict[str, object] = {"routes": (*known.routes, opened)}
        case RouteReported():
            update = {"routes": tuple(_heard(r, body.report, body.used) for r in known.routes)}
        case RouteClosed():
            if body.route is Route.DEFERRED_SUPPLY:
                owed = tuple(k for k in case.deferrals_owed if k != body.requirement)
                case = case.model_copy(update={"deferrals_owed": owed})
            update = {
                "routes": tuple(
                    r.model_copy(update={"standing": RouteStanding.CLOSED, "result": body.reason.value})
                    if r.stream == body.stream and r.standing is RouteStanding.OPEN
                    else r
                    for r in known.routes
                )
            }
        case RequirementProvisionallySettled():
            if known.standing is not RequirementStanding.OPEN:
                raise ImpossibleEvent(f"{known.raised.key} is already {known.standing}")
            update = {
                "standing": RequirementStanding.PROVISIONAL,
                "ground": body.ground.value,
                "settled_by": body.evidence,
                "evidence_digest": body.evidence_digest,
                "findings": body.findings,
                "settled_stream": body.stream,
            }
        case SettlementConfirmed():
            if known.standing is not RequirementStanding.PROVISIONAL:
                raise ImpossibleEvent(f"nothing provisional to confirm for {known.raised.key}")
            update = {"standing": RequirementStanding.SETTLED}
        case RequirementReopened():
            if known.standing in (RequirementStanding.OPEN, RequirementStanding.APPLICANT_MADE):
                raise ImpossibleEvent(f"{known.raised.key} is {known.standing} and cannot be reopened")
            update = {
                "standing": RequirementStanding.OPEN,
                "ground": None,
                "settled_by": None,
                "evidence_digest": None,
                "settled_stream": None,
                "reopened": known.reopened + 1,
            }
        case ChoiceMade():
            update = {"choices": known.choices | {body.route: body.wanted}}
        case OriginDeclared():
            update = {"origin": OriginState(area=body.area, historical=body.historical, abroad=body.abroad)}
        case ReviewOpened():
            review = ReviewState(evidence=body.evidence, stream=body.stream, outcome=body.outcome)
            update = {"reviews": (*known.reviews, review)}
        case ReviewReported():
            done = body.report
            update = {
                "reviews": tuple(
                    r.model_copy(update={"conclusion": done.conclusion}) if r.stream == done.stream else r
                    for r in known.reviews
                )
            }
            if body.used and done.conclusion == "corrected":
                update["routes"] = tuple(
                    r.model_copy(update={"outcome": None}) if r.evidence == done.evidence else r for r in known.routes
                )
        case CompletionJoined():
            joined = CompletionState(evidence=body.evidence, stream=body.stream)
            update = {"completions": (*known.completions, joined)}
        case CompletionReported():
            found = body.report
            update = {
                "completions": tuple(
                    c.model_copy(update={"completed": found.completed}) if c.stream == found.stream else c
                    for c in known.completions
                )
            }
        case ProofRequested():
            return case
    return with_requirement(case, known.model_copy(update=update))


def _heard(route: RouteState, report: RouteReport, used: bool) -> RouteState:
    if route.stream != report.stream:
        return route
    update: dict[str, object] = {"heard": report.sequence}
    if used:
        adverse = OutcomeKind.ADVERSE if report.kind is ReportKind.ADVERSE else None
        outcome = report.outcome or adverse or route.outcome
        update |= {"standing": _AFTER_REPORT[report.kind], "result": report.detail, "outcome": outcome}
    return route.model_copy(update=update)
