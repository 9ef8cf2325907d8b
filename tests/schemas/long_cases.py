"""Cases whose one requirement ``need/p1`` goes beyond sharing: no source has it, so people are needed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from schemas.application import Actor, ApplicationRequest
from schemas.assignment import Step
from schemas.case import Case
from schemas.case_acts import Sight
from schemas.catalogue import EvidenceRule, ItemRules
from schemas.codes import CheckMode, Consequence, OverdueEffect, Route
from schemas.commitment_terms import CommitmentTerms, DeferralTerms
from schemas.deferral import party_facts
from schemas.events import EventBody
from schemas.evidence import OutcomeKind
from schemas.ladder import Climb, climb
from schemas.long_ladder import facts_of
from schemas.policy import CasePolicy, LongPolicy, StepBudget
from schemas.route_events import (
    ReportKind,
    RequirementProvisionallySettled,
    RouteOpened,
    RouteReport,
    RouteReported,
)
from schemas.timetable import Timetable
from tests.schemas.builders import (
    APPLICATION_NO,
    CLERK,
    DIGEST,
    DOCUMENT,
    NOW,
    POLICE,
    calendar,
    case_policy,
    evidence_rule,
    item_rules,
    open_case,
    request,
)

KEY = "need/p1"
TIMETABLE = Timetable(calendar=calendar())
EVERY_ROUTE = tuple(r for r in Route if r not in tuple(Route)[:4])
LONG = LongPolicy(offered=EVERY_ROUTE, steps={step: StepBudget(working_days=3) for step in Step})
STREAM = {
    Route.VERIFICATION: f"verification/{APPLICATION_NO}/{KEY}",
    Route.PAPER_FIRST: f"digitisation/marriage/s_1/{DOCUMENT[:16]}",
    Route.COMMITMENT: f"commitment/{APPLICATION_NO}/{KEY}",
    Route.DEFERRED_SUPPLY: f"deferral/{APPLICATION_NO}/{KEY}",
    Route.ASSISTANCE: f"assistance/{APPLICATION_NO}/{KEY}",
    Route.FLEXIBLE_DISPOSITION: f"disposition/{APPLICATION_NO}/{KEY}",
}


def terms(**over: Any) -> CommitmentTerms:
    """Published terms of a commitment that is not checked afterwards."""
    clauses = ("obligation", "content", "manner", "liability", "check_power", "publicity", "fulfilment", "supervision")
    fields: dict[str, Any] = dict.fromkeys(clauses, "示例条款") | {
        "requirement": "need",
        "evidence_type": "marriage",
        "letter_version": "letter_1",
        "check": CheckMode.NONE,
        "consequences": (Consequence.REVOKE,),
        "provenance": "synthetic",
    }
    return CommitmentTerms.model_validate(fields | over)


DEFERRAL = DeferralTerms(
    requirement="need", form="原件扫描", within_days=5, overdue=OverdueEffect.TERMINATE, provenance="synthetic"
)


def kind(code: str = "marriage", **over: Any) -> EvidenceRule:
    """A listed kind of evidence without a source; its issuer is on the platform."""
    fields: dict[str, Any] = {
        "sources": (),
        "paper_exempt": False,
        "commitment_listed": True,
        "issuer_name": "德化县公安局",
        "issuer_department": POLICE,
        "issuer_on_platform": True,
        "producing_item": "开具证明",
    }
    return evidence_rule(code, **(fields | over))


def rules(*kinds: EvidenceRule, item: dict[str, Any] | None = None, **over: Any) -> ItemRules:
    """An item that every long route is open to; ``over`` changes its requirement, ``item`` the rest."""
    kinds = kinds or (kind(),)
    rule: dict[str, Any] = {
        "deferrable": True,
        "deferral": DEFERRAL,
        "commitments": tuple(terms(evidence_type=k.code) for k in kinds),
    }
    open_to_all: dict[str, Any] = {"assistance": True, "statutory_working_days": 20, "promised_working_days": 10}
    return item_rules(*kinds, **(rule | over)).model_copy(update=open_to_all | (item or {}))


RULES = rules()


def policy(long: LongPolicy = LONG) -> CasePolicy:
    """The policy of a case with long routes."""
    return case_policy().model_copy(update={"long": long})


def opened(route: Route, evidence: str = "marriage", stream: str | None = None, **over: Any) -> RouteOpened:
    """A long route is begun."""
    fields: dict[str, Any] = {"command": None, "round": 1, "document_digest": None, "findings": ()}
    place = {"requirement": KEY, "evidence": evidence, "route": route, "stream": stream or STREAM[route]}
    return RouteOpened.model_validate(fields | place | over)


def report(kind: ReportKind, route: Route = Route.VERIFICATION, sequence: int = 5, **over: Any) -> RouteReport:
    """What a long route tells."""
    fields: dict[str, Any] = {
        "stream": STREAM[route],
        "sequence": sequence,
        "requirement": KEY,
        "route": route,
        "kind": kind,
        "detail": {ReportKind.ADVERSE: "refuted", ReportKind.FAILED: "no_answer"}.get(kind, "confirmed"),
        "basis": "示例",
        "outcome": OutcomeKind.ADVERSE if kind is ReportKind.ADVERSE else None,
    }
    return RouteReport.model_validate(fields | over)


def reported(kind: ReportKind, route: Route = Route.VERIFICATION, sequence: int = 5, **over: Any) -> RouteReported:
    """It was heard, and used."""
    return RouteReported(report=report(kind, route, sequence, **over), used=True)


def provisional(route: Route = Route.PAPER_FIRST, evidence: str = "marriage") -> RequirementProvisionallySettled:
    """The requirement is met while something is owed."""
    return RequirementProvisionallySettled(
        requirement=KEY,
        evidence=evidence,
        ground=route,
        stream=STREAM[route],
        basis="示例",
        evidence_digest=DIGEST,
        findings=(),
    )


def standing(of: ItemRules = RULES, *after: EventBody) -> Case:
    """A case of the item, and what happened after its admission."""
    return open_case(of, *after)


def seen(case: Case, of: ItemRules = RULES, long: LongPolicy = LONG, asked: ApplicationRequest | None = None) -> Climb:
    """What the ladder says of the requirement."""
    return climb(of, policy(long), case, KEY, (), NOW, facts_of(asked or request()))


def sight(
    case: Case, of: ItemRules = RULES, now: datetime = NOW, asked: ApplicationRequest | None = None, **over: Any
) -> Sight:
    """What an act about the requirement is judged by: as the case does it, for what is open or not exempted."""
    asked = asked or request()
    known = case.requirements.get(KEY)
    lookable = known is not None and known.standing.value in ("open", "not_exempted")
    fields: dict[str, Any] = {"climb": seen(case, of, asked=asked) if lookable else None, "parties": party_facts(asked)}
    return Sight(case=case, rules=of, now=now, **(fields | over))


WINDOW: Actor = CLERK
