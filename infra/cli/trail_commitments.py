"""One line for each event of 告知承诺 and 容缺后补, for a person who reads a trail."""

from __future__ import annotations

from schemas import commitment_events as commitment
from schemas.acceptance import DeferralGranted, DeferralLapsed
from schemas.clock import COUNTY_TIME
from schemas.commitment_letter import consequence_words
from schemas.credit_check import CreditChecked
from schemas.events import EventBody
from schemas.texts import zh


def what(body: EventBody) -> str:
    """What happened; nothing for an event of another procedure."""
    match body:
        case CreditChecked():
            said = (f"{zh.PLATFORMS[a.platform.value]}{zh.CREDIT_STANDINGS[a.standing.value]}" for a in body.answers)
            return "，".join(said) or zh.CREDIT_STANDINGS["unavailable"]
        case commitment.CommitmentOpened():
            signed = zh.SIGNED_BY[body.signed_by.value]
            return f"「{body.evidence_name}」承诺书 {body.letter_version}，{signed}，摘要 {body.signed_digest[:12]}…"
        case commitment.CommitmentCounted():
            return "免于核查" if body.final else "先行免提交，决定后核查"
        case commitment.CommitmentSampled():
            chosen = "抽中" if body.chosen else "未抽中"
            return f"种子 {body.draw.seed[:12]}…，号 {body.draw.number}，比例 {body.draw.percent}%：{chosen}"
        case commitment.CommitmentAnswered():
            return "，".join(part for part in (zh.VERDICTS.get(body.verdict, body.verdict), body.reason) if part)
        case commitment.CommitmentChecked():
            return f"{'属实' if body.found_true else '不实'}：{body.finding}"
        case commitment.CommitmentHeard() | commitment.RectificationConfirmed():
            return body.finding
        case commitment.ConsequenceDecided():
            return f"{consequence_words(body.consequences)}，理由：{body.reason}，依据：{body.legal_basis}"
        case commitment.CreditRecordOrdered():
            return f"{body.document_no}（{body.effective_on} 生效）：{body.fact}"
        case commitment.CreditRepaired():
            return body.document_no
        case DeferralGranted():
            return f"限 {body.supply_due_at.astimezone(COUNTY_TIME):%Y-%m-%d %H:%M}"
        case DeferralLapsed():
            return body.effect
    return ""
