"""One line for each event of a procedure that several cases share: 纸质材料电子化 and 证照补齐."""

from __future__ import annotations

from schemas import completion, digitisation
from schemas.events import EventBody
from schemas.joining import CaseJoined, CaseTold
from schemas.lookup import LibraryAnswered
from schemas.texts import zh


def what(body: EventBody) -> str:
    """What happened, without personal data; empty for an event of something else."""
    match body:
        case CaseJoined():
            return f"办件 {body.joining.application_no} {body.joining.requirement}"
        case CaseTold():
            return f"办件 {body.application_no} {body.requirement}：{zh.TOLD[body.word]}"
        case LibraryAnswered():
            return f"向{zh.PLATFORMS[body.platform.value]}：{zh.OUTCOMES[body.outcome.kind.value]}"
        case digitisation.DigitisationOpened():
            by_hand = f"，{zh.reason(body.by_hand)}，由主管部门核对" if body.by_hand else ""
            digest = f"，扫描件摘要 {body.document_digest[:12]}…" if body.document_digest else ""
            return f"「{body.evidence_name}」{digest}{by_hand}"
        case digitisation.PaperAnswered() | completion.CompletionAnswered():
            return zh.VERDICTS[body.verdict] + (f"：{body.reason}" if body.reason else "")
        case digitisation.PaperChecked():
            return f"{zh.VERDICTS[body.verdict]}：{body.finding}"
        case digitisation.BackfillImpossible() | completion.CompletionImpossible():
            return body.reason
        case digitisation.DigitisationEnded() | completion.CompletionEnded():
            return zh.SHARED_RESULTS[body.result]
        case completion.CompletionOpened():
            return f"「{body.evidence_name}」{zh.LACKS[body.lack]}，由{zh.OPENED_BY[body.opened_by]}发起"
    return ""
