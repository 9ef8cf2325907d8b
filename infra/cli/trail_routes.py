"""One line for each event of a long route in the stream of its case, and of a task wherever it stands."""

from __future__ import annotations

from infra.cli.output import local
from schemas import assignment as tasks
from schemas import claim, intervention, verification
from schemas import request_events as requests
from schemas import route_events as routes
from schemas.late_check import CheckClosed
from schemas.texts import zh


def what(body: object, about: str) -> str:
    """What happened; ``about`` names the requirement.  Empty for an event that belongs elsewhere."""
    return _route(body, about) or _task(body) or _request(body)


def _route(body: object, about: str) -> str:
    match body:
        case routes.RouteOpened():
            return f"{about} {zh.ROUTES[body.route.value]}（{body.stream}）"
        case routes.RouteReported():
            late = "" if body.used else "（迟到，未采用）"
            return f"{zh.ROUTES[body.report.route.value]}：{body.report.basis}{late}"
        case routes.RouteClosed():
            return f"{about} {zh.ROUTES[body.route.value]}：{zh.NEWS[body.reason.value]}"
        case routes.RequirementProvisionallySettled():
            return f"{about} {zh.ROUTES[body.ground.value]}，依据：{body.basis}"
        case routes.SettlementConfirmed():
            return f"{about} {body.basis}"
        case routes.RequirementReopened():
            return f"{about} {zh.REOPENED[body.reason]}"
        case routes.ChoiceMade():
            return f"{about} {'选择' if body.wanted else '不选择'}{zh.ROUTES[body.route.value]}"
        case routes.OriginDeclared():
            where = f"，出具地 {body.area}" if body.area else ""
            return f"{about}{where}{'，历史久远' if body.historical else ''}{'，境外' if body.abroad else ''}"
        case routes.ReviewOpened():
            return f"{about} {zh.OUTCOMES[body.outcome.value]}（{body.stream}）"
        case routes.ReviewReported():
            return body.report.basis
        case routes.CompletionJoined():
            return f"{about}（{body.stream}）"
        case routes.CompletionReported():
            return "库中已可查得" if body.report.completed else "不能补齐"
        case routes.ProofRequested():
            return f"{about} 转{body.issuer}「{body.issuing_item}」，编号 {body.follow_no}"
    return ""


def _task(body: object) -> str:
    match body:
        case tasks.AssignmentOpened():
            return f"{body.assignee.name}：{body.task}，限 {local(body.due_at)}{_provisional(body.due_provisional)}"
        case tasks.RungFired():
            return zh.RUNGS[body.rung.value]
        case tasks.EscalationDelivered():
            instead = f"（{'、'.join(body.substituted_for)} 不在岗）" if body.substituted_for else ""
            return f"{body.recipient}{instead}"
        case tasks.EscalationFailed():
            return body.reason
        case tasks.AlarmAnnulled() | tasks.AssignmentReassigned() | tasks.AssignmentHeld():
            return body.reason
        case intervention.AssignmentReminded() | intervention.RetryAsked():
            return body.reason
        case intervention.OverrideProposed() | intervention.OverrideConfirmed():
            return f"{zh.OVERRIDES[body.kind.value]}：{body.reason}"
        case claim.AssignmentClaimed():
            return body.by.actor_id
        case claim.AssignmentReleased():
            return body.reason or ""
        case claim.AssignmentHandedOver():
            return f"{body.to.actor_id}：{body.reason}"
        case tasks.DueChanged():
            return f"改为 {local(body.due_at)}{_provisional(body.due_provisional)}"
        case tasks.AssignmentClosed():
            return zh.CLOSINGS[body.how]
    return ""


def _request(body: object) -> str:
    match body:
        case requests.RequestDelivered():
            return f"平台编号 {body.platform_ref}"
        case requests.RequestUndelivered():
            return zh.VERDICTS[f"request_{body.reason}"]
        case requests.RequestWithdrawn():
            return body.reason if body.told else f"{body.reason}（平台未能告知）"
        case requests.NewsHeard():
            return zh.NEWS[body.news]
        case verification.VerificationOpened():
            return body.question
        case verification.VerificationAnswered():
            reason = f"：{body.reason}" if body.reason else ""
            return f"{zh.VERDICTS[body.verdict]}{reason}{'（迟到）' if body.late else ''}"
        case CheckClosed():
            return body.finding
    return ""


def _provisional(provisional: bool) -> str:
    return "（待日历公布后复算）" if provisional else ""
