"""容缺后补: what is owed, by when, and what follows when it does not come [domain §6.1] (pure).

Handled inside the case: the material is the applicant's to bring, and the case waits for it.  Neither the wait nor its
end stops a statutory period (law 11).
"""

from __future__ import annotations

from schemas.acceptance import ApplicationTerminated, DeferralGranted, DeferralLapsed
from schemas.application import ApplicationRequest
from schemas.case_reports import Findings, at_the_end, call_off, on_report
from schemas.case_state import Case, RequirementStanding, RouteStanding, RouteState
from schemas.catalogue import ItemRules
from schemas.clock import COUNTY_TIME
from schemas.codes import Route
from schemas.commitment_terms import DeferralTerms
from schemas.credit_check import PartyFact, adverse_digest, checked, deferral_bar
from schemas.credit_exchange import CreditFinding
from schemas.events import EventBody
from schemas.long_route import rules_of
from schemas.route_events import ReportKind, RouteReport, RouteReported, SettlementConfirmed
from schemas.texts import zh
from schemas.timetable import Due

GRANTED, SUPPLIED = 0, 1
"""Sequences of the two reports of a deferral, which has no stream of its own."""


def deferral_task(requirement: str) -> str:
    """Id of the task by which the applicant owes the material."""
    return f"deferral/{requirement}"


def party_facts(request: ApplicationRequest) -> tuple[PartyFact, ...]:
    """The parties of a case without personal data."""
    return tuple(PartyFact(party_id=p.party_id, role=p.role, kind=p.kind) for p in request.parties)


def terms_of(rules: ItemRules, requirement: str) -> DeferralTerms:
    """The published terms.  Raises LookupError where there are none."""
    terms = rules_of(rules, requirement).deferral
    if terms is None:
        raise LookupError(f"no terms of deferral for {requirement}")
    return terms


def supply_days(terms: DeferralTerms, promised: int | None) -> int:
    """Working days within which it must arrive: as published, and never longer than the item's 承诺时限."""
    return terms.within_days if promised is None else min(terms.within_days, promised)


def render_deferral_notice(terms: DeferralTerms, item: str, evidence: str, days: int, due: Due) -> str:
    """容缺受理通知书: material, form, deadline, and what follows when it is not kept."""
    return zh.DEFERRAL_NOTICE.format(
        item=item,
        evidence=evidence,
        form=terms.form,
        days=days,
        due=due.at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M"),
        provisional=zh.NOTICE_PROVISIONAL if due.provisional else "",
        effect=zh.OVERDUE_EFFECTS[terms.overdue.value],
    )


def in_question(case: Case) -> tuple[tuple[str, RouteState], ...]:
    """Deferrals that were signed and of which nothing was said yet: credit is to be asked."""
    return tuple((key, r) for key, r in _open_routes(case) if r.heard < GRANTED)


def on_credit(
    case: Case, rules: ItemRules, requirement: str, finding: CreditFinding | None, due: Due, findings: Findings
) -> tuple[EventBody, ...]:
    """What the word of the credit platforms comes to: granted, with the notice, or closed with the reason.

    ``due`` is when the material must have come.  Nothing where the deferral is not open any more.
    """
    route = next((r for key, r in in_question(case) if key == requirement), None)
    if route is None:
        return ()
    bar = deferral_bar(finding)
    report = RouteReport(
        stream=route.stream,
        sequence=GRANTED,
        requirement=requirement,
        route=Route.DEFERRED_SUPPLY,
        kind=ReportKind.PROVISIONAL if bar is None else ReportKind.FAILED,
        detail=bar or "provisional",
        basis=zh.DEFERRAL_BASIS if bar is None else zh.reason(f"tried_{bar}"),
        evidence_digest=route.document_digest if bar is None else adverse_digest(finding),
    )
    said = on_report(case, report, findings)
    used = any(isinstance(body, RouteReported) and body.used for body in said)
    said = (checked(finding), *said)
    if bar is not None or not used:
        return said
    terms, kind = terms_of(rules, requirement), rules.evidence[route.evidence]
    days = supply_days(terms, rules.promised_working_days)
    notice = render_deferral_notice(terms, rules.item_name, kind.name, days, due)
    return (*said, DeferralGranted(requirement=requirement, notice_text=notice, supply_due_at=due.at))


def supplied(case: Case) -> tuple[str, ...]:
    """Requirements whose material has come and whose settlement is still provisional."""
    return tuple(
        key
        for key, r in _open_routes(case)
        if r.heard >= GRANTED and key not in case.deferrals_owed and _rests_on(case, key, r)
    )


def on_supply(case: Case, requirement: str) -> tuple[EventBody, ...]:
    """What has arrived settles the requirement for good; after the decision too, for the result waited for it."""
    known = case.requirements[requirement]
    stream = known.settled_stream
    if stream is None or requirement not in supplied(case):
        return ()
    report = RouteReport(
        stream=stream,
        sequence=SUPPLIED,
        requirement=requirement,
        route=Route.DEFERRED_SUPPLY,
        kind=ReportKind.CONFIRMED,
        detail="deferred_supplied",
        basis=zh.DEFERRAL_SUPPLIED,
    )
    return (
        RouteReported(report=report, used=True),
        SettlementConfirmed(requirement=requirement, stream=stream, basis=zh.DEFERRAL_SUPPLIED),
        *call_off(known, requirement, besides=stream),
    )


def lapsed(case: Case) -> tuple[str, ...]:
    """Requirements whose material is still owed when its time is over."""
    tasks = case.assignments
    return tuple(
        key
        for key, r in _open_routes(case)
        if key in case.deferrals_owed
        and _rests_on(case, key, r)
        and deferral_task(key) in tasks
        and tasks[deferral_task(key)].closed == "expired"
    )


def on_lapse(case: Case, rules: ItemRules, requirement: str) -> tuple[EventBody, ...]:
    """The stated effect follows, and it ends the case: 退件, 终止办理 or 撤销受理, as the notice said."""
    if requirement not in lapsed(case):
        return ()
    effect = zh.OVERDUE_EFFECTS[terms_of(rules, requirement).overdue.value]
    kind = rules.evidence[case.requirements[requirement].settled_by or ""]
    reason = zh.DEFERRAL_LAPSED.format(evidence=kind.name, effect=effect)
    ended = ApplicationTerminated(command=None, cause="deferral_lapsed", reason=reason, document_digest=None)
    return (DeferralLapsed(requirement=requirement, effect=effect), *at_the_end(case), ended)


def pointless(case: Case) -> tuple[str, ...]:
    """Tasks of deferrals that something else has settled for good: nothing is owed on them any more."""
    held = {deferral_task(key) for key, r in _open_routes(case) if key in case.deferrals_owed}
    tasks = [t for t in case.assignments.values() if t.open and t.assignment.startswith("deferral/")]
    return tuple(t.assignment for t in tasks if t.assignment not in held)


def _open_routes(case: Case) -> tuple[tuple[str, RouteState], ...]:
    return tuple(
        (key, r)
        for key, known in case.requirements.items()
        for r in known.routes
        if r.route is Route.DEFERRED_SUPPLY and r.standing is RouteStanding.OPEN
    )


def _rests_on(case: Case, key: str, route: RouteState) -> bool:
    known = case.requirements[key]
    return known.standing is RequirementStanding.PROVISIONAL and known.settled_stream == route.stream
