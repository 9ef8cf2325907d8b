"""One line for each event of 意见征集, 灵活处置 and 异常复核, for a person who reads a trail."""

from __future__ import annotations

from schemas import disposition_events as disposition
from schemas.consultation import ConsultationCalledOver, ConsultationOpened, OpinionGiven
from schemas.events import EventBody
from schemas.recusal import PersonRecused
from schemas.review import ReviewBegun, ReviewConcluded, ReviewHeard, ReviewRechecked
from schemas.texts import zh


def what(body: EventBody) -> str:
    """What happened; nothing for an event of another procedure."""
    match body:
        case ConsultationOpened():
            return f"征求{body.department_name}：{body.about}"
        case OpinionGiven():
            return _opinion(body.verdict, body.reason, body.conditions)
        case ConsultationCalledOver():
            return body.reason
        case PersonRecused():
            return f"{body.recusal.person}：{body.recusal.reason}"
        case ReviewBegun():
            return f"「{body.evidence_name}」{zh.OUTCOMES[body.outcome.value]}"
        case ReviewRechecked():
            return f"{body.checked}：{zh.REVIEW_FINDINGS[body.finding]}"
        case ReviewHeard():
            return body.said
        case ReviewConcluded():
            return f"{zh.REVIEW_CONCLUSIONS[body.conclusion]}，{body.reasons}"
    return _disposition(body)


def _disposition(body: EventBody) -> str:
    match body:
        case disposition.DispositionProposed():
            return f"「{body.evidence_name}」拟{zh.DISPOSITION_OUTCOMES[body.proposal.proposed.value]}"
        case disposition.ConsultationAsked():
            return f"第 {body.round} 轮，{body.name}"
        case disposition.OpinionHeard():
            report = body.report
            return f"{report.department} {_opinion(report.verdict, report.reason, report.conditions)}"
        case disposition.ProposalReturned():
            return body.questions
        case disposition.FactsSupplied():
            return body.answer
        case disposition.DispositionConcluded():
            dissent = f"，不同意见：{'、'.join(body.dissent)}" if body.dissent else ""
            return f"{_disposal(body.conclusion)}，先例 {body.conclusion.precedent}{dissent}"
        case disposition.DispositionDecided():
            return f"{_disposal(body.disposal)}{'' if body.followed else '（与管委会意见不同）'}"
        case disposition.InquiryConcluded() | disposition.ConditionMet():
            return body.finding
    return ""


def _opinion(verdict: str, reason: str | None, conditions: str | None) -> str:
    return "，".join(part for part in (zh.OPINIONS[verdict], conditions, reason) if part)


def _disposal(disposal: disposition.Disposal) -> str:
    more = disposal.substitute or disposal.condition
    outcome = zh.DISPOSITION_OUTCOMES[disposal.outcome.value]
    return f"{outcome}（{more}），{disposal.reasons}" if more else f"{outcome}，{disposal.reasons}"
