"""One line for each event of 帮办代办, for a person who reads a trail."""

from __future__ import annotations

from schemas import assistance
from schemas.events import EventBody
from schemas.texts import zh


def what(body: EventBody) -> str:
    """What happened; nothing for an event of another procedure."""
    match body:
        case assistance.AssistanceOpened():
            names = zh.NOTICE_OR.join(f"「{name}」" for name in body.evidence_names)
            return f"代办取得{names}，委托书摘要 {body.authorisation_digest[:12]}…"
        case assistance.HelperAssigned():
            return f"{zh.CASE_HELPER} {body.helper}{'（迟到的通知）' if body.late else ''}"
        case assistance.AssistanceProgressed():
            return body.text or ""
        case assistance.AssistanceSuspended() | assistance.AssistanceTerminated():
            return body.reason
        case assistance.AssistanceFinished():
            return f"材料摘要 {body.document_digest[:12]}…"
        case assistance.AssistanceEnded():
            return zh.ASSISTANCE_RESULTS[body.result]
    return ""
