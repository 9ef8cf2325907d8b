"""What queries and results show of a case (pure; no personal data)."""

from __future__ import annotations

from schemas.application import (
    ApplicationResult,
    ApplicationStatus,
    Concern,
    Explanation,
    LedgerPosition,
    OpenRequirement,
    RequirementStatus,
    RequirementView,
    RouteStatus,
    RungView,
    SettledRequirement,
)
from schemas.case import Case, RequirementStanding, RequirementState, Stage
from schemas.catalogue import ItemRules
from schemas.codes import CLAUSE_OF_ROUTE, IMPLEMENTATION_OF_ROUTE, Route
from schemas.events import RungFinding
from schemas.evidence import FOR_A_PERSON
from schemas.ladder import DEFAULT_ORDER
from schemas.notice import names_still_asked
from schemas.texts import zh

VOLUNTEERED_CLAUSE = "五(一)"
QUERIED_CLAUSE = "四(一)"
APPLICANT_MADE_CLAUSE = "二"
CLAUSE_OF_REASON = {
    "unlisted": QUERIED_CLAUSE,
    "cancelled_kind": CLAUSE_OF_ROUTE[Route.ABOLISHED],
    "applicant_made": APPLICANT_MADE_CLAUSE,
    "volunteered": VOLUNTEERED_CLAUSE,
}
"""Reasons that stand on a clause of their own, whatever the rung."""


def status_of(case: Case, durable: int) -> ApplicationStatus:
    """The query ``status``.  ``durable`` is how many events the ledger has."""
    return ApplicationStatus(
        application_no=case.application_no,
        item_code=case.item_code,
        stage=case.stage.value,
        catalogue_version=case.catalogue.version if case.catalogue else None,
        received_at=case.received_at,
        notice_due=case.notice_due,
        notice_due_provisional=case.notice_due_provisional,
        requirements=tuple(
            RequirementStatus(
                requirement=key,
                evidence_names=r.raised.names,
                party_id=r.raised.party_id,
                status=r.standing.value,
                ground=r.ground,
                routes=tuple(
                    RouteStatus(route=w.route, stream=w.stream, standing=w.standing.value, result=w.result)
                    for w in r.routes
                ),
            )
            for key, r in case.requirements.items()
        ),
        accepted_at=case.accepted_at,
        decision=case.decision,
        subject_refs=tuple(p.subject_ref for p in case.parties),
        recorded=case.sequence + 1,
        durable=durable,
    )


def explain(case: Case, live: dict[str, tuple[RungFinding, ...]]) -> Explanation:
    """The query ``explain``.  ``live`` are the findings so far of the requirements still open."""
    return Explanation(
        application_no=case.application_no,
        catalogue_version=case.catalogue.version if case.catalogue else None,
        requirements=tuple(
            RequirementView(
                requirement=key,
                evidence_names=r.raised.names,
                party_id=r.raised.party_id,
                status=r.standing.value,
                rungs=_rungs(r, live.get(key, r.findings), case.ended),
            )
            for key, r in case.requirements.items()
        ),
    )


def _rungs(requirement: RequirementState, findings: tuple[RungFinding, ...], ended: bool) -> tuple[RungView, ...]:
    """Every route for every kind of evidence, in the order looked at; those behind the settling one not reached."""
    if requirement.standing is RequirementStanding.APPLICANT_MADE:
        return tuple(
            _view(route, requirement.raised.evidence[0], "passed_over", "applicant_made", APPLICANT_MADE_CLAUSE)
            for route in DEFAULT_ORDER
        )
    if requirement.standing is RequirementStanding.QUERIED:
        return tuple(
            _view(route, requirement.raised.evidence[0], "passed_over", "unlisted_query", QUERIED_CLAUSE)
            for route in DEFAULT_ORDER
        )
    seen = {(f.route, f.evidence): f for f in findings}
    behind = _behind(requirement, ended)
    order = [(f.route, f.evidence) for f in findings]
    rest = [(route, e) for route in DEFAULT_ORDER for e in requirement.raised.evidence if (route, e) not in seen]
    views = []
    for route, evidence in (*order, *rest):
        finding = seen.get((route, evidence))
        if finding is None:
            views.append(_view(route, evidence, "not_reached", behind))
        else:
            taken = finding.reason == "taken" or finding.reason.startswith("tried_")
            views.append(_view(route, evidence, "taken" if taken else "passed_over", finding.reason))
    return tuple(views)


def _behind(requirement: RequirementState, ended: bool) -> str:
    """Why the rungs not looked at were not."""
    if requirement.standing is RequirementStanding.OPEN:
        return "case_ended" if ended else "in_hand"
    return "volunteered" if requirement.ground == "volunteered" else "not_reached"


def _view(route: Route, evidence: str, standing: str, reason: str, clause: str | None = None) -> RungView:
    return RungView(
        route=route,
        evidence_type=evidence.partition("@")[0],
        standing=standing,
        reason=reason,
        text=zh.reason(reason),
        clause=clause or CLAUSE_OF_REASON.get(reason, CLAUSE_OF_ROUTE[route]),
    )


def result_of(case: Case, rules: ItemRules, position: LedgerPosition) -> ApplicationResult:
    """What the business system gets back; ``position`` is where the ledger has all of it."""
    by_standing: dict[RequirementStanding, list[tuple[str, RequirementState]]] = {s: [] for s in RequirementStanding}
    for key, requirement in case.requirements.items():
        by_standing[requirement.standing].append((key, requirement))
    not_exempted = tuple(_open(k, r) for k, r in by_standing[RequirementStanding.NOT_EXEMPTED])
    queried = tuple(_open(k, r) for k, r in by_standing[RequirementStanding.QUERIED])
    return ApplicationResult(
        application_no=case.application_no,
        catalogue_version=rules.ref.version,
        status=_status(case, bool(not_exempted), bool(queried)),
        settled=tuple(_settled(k, r, rules) for k, r in by_standing[RequirementStanding.SETTLED]),
        provisional=tuple(_settled(k, r, rules) for k, r in by_standing[RequirementStanding.PROVISIONAL]),
        decision=case.decision,
        not_exempted=not_exempted,
        queried=queried,
        applicant_made=tuple(r.raised.names[0] for _, r in by_standing[RequirementStanding.APPLICANT_MADE]),
        notice=case.notice,
        concerns=tuple(
            Concern(requirement=key, evidence=a.evidence, outcome=a.kind.value, detail=a.detail)
            for key, r in by_standing[RequirementStanding.SETTLED]
            for a in r.attempts
            if a.kind in FOR_A_PERSON
        ),
        position=position,
    )


def _status(case: Case, lacking: bool, queried: bool) -> str:
    if case.stage in (Stage.WITHDRAWN, Stage.NOT_ACCEPTED, Stage.TERMINATED, Stage.COMPLETED):
        return case.stage.value
    if lacking:
        return "notice_due" if case.notice is not None else "under_review"
    return "queried" if queried else "settled"


def _settled(key: str, requirement: RequirementState, rules: ItemRules) -> SettledRequirement:
    route = None if requirement.ground == "volunteered" else Route(requirement.ground or "")
    evidence = rules.evidence[requirement.settled_by or ""]
    return SettledRequirement(
        requirement=key,
        evidence_type=evidence.code,
        evidence_name=evidence.name,
        party_id=requirement.raised.party_id,
        ground=requirement.ground or "",
        implementation=IMPLEMENTATION_OF_ROUTE[route] if route else None,
        clause=CLAUSE_OF_ROUTE[route] if route else VOLUNTEERED_CLAUSE,
        evidence_digest=requirement.evidence_digest,
    )


def _open(key: str, requirement: RequirementState) -> OpenRequirement:
    return OpenRequirement(
        requirement=key,
        evidence_names=names_still_asked(requirement),
        party_id=requirement.raised.party_id,
        reasons=tuple(dict.fromkeys(f"{f.route.value}:{f.reason}" for f in requirement.findings)),
    )
