"""One line for each event, for a person who reads a trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infra.cli import (
    trail_acceptance,
    trail_assistance,
    trail_commitments,
    trail_opinions,
    trail_routes,
    trail_shared,
)
from schemas import events
from schemas.application import Actor
from schemas.codes import ActorKind
from schemas.errors import FieldError
from schemas.events import EventBody, RungFinding
from schemas.evidence import Outcome
from schemas.texts import zh

ACTORS = {
    ActorKind.BUSINESS_SYSTEM: "业务系统",
    ActorKind.CLERK: "经办人员",
    ActorKind.APPLICANT: "申请人",
    ActorKind.REPRESENTATIVE: "代理人",
    ActorKind.SYSTEM: "本系统",
    ActorKind.DEPARTMENT: "部门人员",
    ActorKind.CASE_HELPER: "帮代办员",
    ActorKind.COMMITTEE: "管委会",
    ActorKind.SUPERVISOR: "效能办",
    ActorKind.PLATFORM: "平台",
}
CLOSED = {"settled_otherwise": "已另行免提交", "application_ended": "办件已结束"}


def actor(who: Actor) -> str:
    """Who did it: kind and staff or system number."""
    kind = ACTORS.get(who.kind, who.kind.value)
    return kind if who.kind is ActorKind.SYSTEM else f"{kind} {who.actor_id}"


def names_in(bodies: Iterable[EventBody]) -> dict[str, str]:
    """What the requirements of a case are called, from its admission."""
    admitted = [body for body in bodies if isinstance(body, events.ApplicationAdmitted)]
    return {r.key: f"「{'或'.join(r.names)}」" for body in admitted for r in body.requirements}


def what(body: EventBody, names: Mapping[str, str]) -> str:
    """What happened, without personal data; ``names`` says what each requirement is called."""
    requirement = getattr(body, "requirement", "")
    about = names.get(requirement, requirement)
    match body:
        case events.ApplicationReceived():
            return f"用途：{body.purpose}"
        case events.ApplicationRefused():
            return _errors(body.errors)
        case events.ApplicationAdmitted():
            count = len(body.requirements)
            return f"{body.item_name}，目录 {body.catalogue.version}，证明要求 {count} 项，告知限 {body.notice_due}"
        case events.AttemptMade():
            late = "" if body.used else "（迟到，未采用）"
            return f"{about} 向{zh.PLATFORMS[body.platform.value]}：{_outcome(body.outcome)}{late}"
        case events.AttemptClosed():
            return f"{about} 不再等{zh.PLATFORMS[body.platform.value]}：{CLOSED[body.reason]}"
        case events.EvidenceVolunteered():
            return f"{about} 材料摘要 {body.given.document_digest[:12]}…"
        case events.RequirementSettled():
            digest = f"，凭据摘要 {body.evidence_digest[:12]}…" if body.evidence_digest else ""
            return f"{about} {zh.ROUTES[body.ground]}，依据：{body.basis}{digest}"
        case events.RequirementNotExempted():
            return f"{about} {_tried(body.findings)}"
        case events.UnlistedEvidenceQueried():
            return about
        case events.ApplicationWithdrawn() | events.ApplicationCancelled():
            return body.reason
        case events.ActRefused():
            return _errors(body.errors)
        case events.ApplicationHandedOver():
            return "附补正告知" if body.notice is not None else "全部办妥，无须补正"
    for told_about in (trail_routes.what, trail_acceptance.what):
        if line := told_about(body, about):
            return line
    for told in (trail_opinions.what, trail_assistance.what, trail_commitments.what, trail_shared.what):
        if line := told(body):
            return line
    return ""


def _outcome(outcome: Outcome) -> str:
    took = (outcome.answered_at - outcome.asked_at).total_seconds()
    code = f"（平台码 {outcome.platform_code}）" if outcome.platform_code else ""
    return f"{zh.OUTCOMES[outcome.kind.value]}{code}，{took * 1000:.0f} 毫秒"


def _tried(findings: tuple[RungFinding, ...]) -> str:
    tried = [f"{zh.ROUTES[f.route.value]}：{zh.reason(f.reason)}" for f in findings if f.reason.startswith("tried_")]
    return "；".join(dict.fromkeys(tried)) or "各路径均未开通或不适用"


def _errors(errors: tuple[FieldError, ...]) -> str:
    return "；".join(f"{e.field} {e.message}" for e in errors)
