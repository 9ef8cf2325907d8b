"""One line for each event of 受理, of the clocks, of 容缺 and of the end of a case."""

from __future__ import annotations

from infra.cli.output import local
from schemas import acceptance, stage_opinion_events
from schemas.texts import zh


def what(body: object, about: str) -> str:
    """What happened; ``about`` names the requirement.  Empty for an event that belongs elsewhere."""
    match body:
        case stage_opinion_events.StageOpinionAsked():
            return f"{body.department_name}：{body.question}"
        case stage_opinion_events.StageOpinionHeard():
            return zh.OPINIONS[body.report.verdict]
        case stage_opinion_events.StageOpinionClosed():
            return body.stage
    return _stage(body) or _clock(body) or _deferral(body, about)


def _stage(body: object) -> str:
    match body:
        case acceptance.NoticeIssued():
            return f"应于 {body.notice.due} 前发出"
        case acceptance.ApplicationAccepted():
            return "未在法定期限内告知补正，视为受理" if body.deemed else f"受理时间 {local(body.accepted_at)}"
        case acceptance.AcceptanceRefused():
            return f"{body.reason}（{body.legal_basis}）"
        case acceptance.DecisionReported():
            held = "，结果待容缺材料补齐后送达" if body.withheld else ""
            return f"{zh.DECISIONS[body.decision]}（{body.reference}）{held}"
        case acceptance.ApplicationTerminated():
            return body.reason
    return ""


def _clock(body: object) -> str:
    match body:
        case acceptance.ClockStarted():
            return f"{zh.CLOCKS[body.clock.value]} {body.working_days} 个工作日，至 {local(body.due_at)}"
        case acceptance.ClockExtended():
            days, due = body.working_days, local(body.due_at)
            return f"{zh.CLOCKS[body.clock.value]}延长 {days} 个工作日，至 {due}：{body.reason}"
        case acceptance.ClockSuspended():
            return f"{zh.CLOCKS[body.clock.value]}：{body.reason}"
        case acceptance.ClockResumed():
            return f"{zh.CLOCKS[body.clock.value]}，至 {local(body.due_at)}"
    return ""


def _deferral(body: object, about: str) -> str:
    match body:
        case acceptance.DeferralSigned():
            return about
        case acceptance.DeferralGranted():
            return f"{about} 限 {local(body.supply_due_at)} 前补交"
        case acceptance.DeferredSupplied():
            return f"{about} 材料摘要 {body.document_digest[:12]}…"
        case acceptance.DeferralLapsed():
            return f"{about} {zh.OVERDUE_EFFECTS[body.effect]}"
    return ""
