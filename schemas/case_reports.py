"""What a case makes of the reports of its long routes (pure; laws 6 and 7): one settlement, each report heard once."""

from __future__ import annotations

from schemas.case_state import Case, RequirementStanding, RequirementState, RouteStanding, RouteState
from schemas.codes import Route
from schemas.events import EventBody, RequirementSettled
from schemas.ladder import contested
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
from schemas.stage_opinion_events import StageOpinionClosed

NEVER_CALLED_OFF = (Route.PAPER_FIRST, Route.COMMITMENT)
"""The issuer's check of a paper and the check of a commitment go on whatever else settles the requirement (law 7)."""
_CLOSED = (RequirementStanding.PROVISIONAL, RequirementStanding.NOT_EXEMPTED)

Findings = tuple[RungFinding, ...]


def on_report(case: Case, report: RouteReport, findings: Findings) -> tuple[EventBody, ...]:
    """The events of a report; none for one that was heard already or comes from a stream the case does not know.

    What a settlement rests on may confirm it or take it down; a check that bears out what something else had settled
    provisionally, or what is open again, settles it for good.
    """
    requirement = case.requirements.get(report.requirement)
    route = _route(requirement, report.stream)
    if requirement is None or route is None or report.sequence <= route.heard:
        return ()
    if not _counts(case, requirement, route, report):
        return (RouteReported(report=report, used=False),)
    said: list[EventBody] = [RouteReported(report=report, used=True)]
    found = (*findings, RungFinding(route=route.route, evidence=route.evidence, reason=f"tried_{report.detail}"))
    rests = requirement.settled_stream == report.stream
    match report.kind:
        case ReportKind.CONFIRMED if rests:
            confirmed = SettlementConfirmed(requirement=report.requirement, stream=report.stream, basis=report.basis)
            said += [confirmed, *call_off(requirement, report.requirement, besides=report.stream)]
        case ReportKind.SETTLED | ReportKind.CONFIRMED:
            said += [
                *_open_again(requirement, report),
                RequirementSettled(
                    requirement=report.requirement,
                    evidence=route.evidence,
                    ground=route.route.value,
                    basis=report.basis,
                    evidence_digest=report.evidence_digest,
                    findings=found,
                ),
                *call_off(requirement, report.requirement, besides=report.stream),
            ]
        case ReportKind.PROVISIONAL:
            said += [
                *_open_again(requirement, report),
                RequirementProvisionallySettled(
                    requirement=report.requirement,
                    evidence=route.evidence,
                    ground=route.route,
                    stream=report.stream,
                    basis=report.basis,
                    evidence_digest=report.evidence_digest,
                    findings=found,
                ),
            ]
        case ReportKind.ADVERSE:
            said += [*_open_again(requirement, report), *_owed_no_more(requirement, report)]
        case ReportKind.FAILED | ReportKind.REVERSED if rests:
            said.append(_reopened(report, "reversed"))
        case _:
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


def at_the_end(case: Case) -> tuple[EventBody, ...]:
    """What is still asked of others is closed before the end: nothing depends on it any more.

    An opinion is never withdrawn because a fact was established some other way (law 7); the end of the case is another
    matter, for there is nothing left that it could be about.
    """
    routes = [body for key, known in case.requirements.items() for body in call_off(known, key, ended=True)]
    return (*routes, *(StageOpinionClosed(stage=o.stage, stream=o.stream) for o in case.opinions_out))


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


def _counts(case: Case, requirement: RequirementState, route: RouteState, report: RouteReport) -> bool:
    """Whether a report still changes anything: not after the decision, not against what is settled for good, and not
    from a route that was called off (the applicant took it back, or nothing depends on it any more)."""
    if case.decided or requirement.standing is RequirementStanding.SETTLED or route.standing is RouteStanding.CLOSED:
        return False
    return report.kind is not ReportKind.PROVISIONAL or requirement.standing is not RequirementStanding.PROVISIONAL


def _open_again(requirement: RequirementState, report: RouteReport) -> tuple[EventBody, ...]:
    """An answer about what was closed meanwhile opens it again, before the decision and once (law 6)."""
    return (_reopened(report, "late_answer"),) if requirement.standing in _CLOSED else ()


def _owed_no_more(requirement: RequirementState, report: RouteReport) -> tuple[EventBody, ...]:
    """A deferral on which the requirement rested falls with it; the paper may still be handed in of his own will."""
    return tuple(
        RouteClosed(
            command=None,
            requirement=report.requirement,
            route=r.route,
            stream=r.stream,
            reason=CaseNewsKind.SETTLED_OTHERWISE,
        )
        for r in requirement.routes
        if r.route is Route.DEFERRED_SUPPLY and r.stream == requirement.settled_stream
    )


def _reopened(report: RouteReport, reason: str) -> RequirementReopened:
    return RequirementReopened.model_validate(
        {"requirement": report.requirement, "reason": reason, "stream": report.stream}
    )


def _reviewed_ground(requirement: RequirementState, evidence: str) -> str:
    """The route whose answer was reviewed."""
    said = contested(requirement, evidence)
    if said is not None:
        return said.route.value
    return next(a.route.value for a in reversed(requirement.attempts) if a.evidence == evidence)
