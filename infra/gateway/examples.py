"""One example for each body, as the OpenAPI description shows it; a test holds each to its model.  All synthetic."""

from __future__ import annotations

from typing import Any

DIGEST = "3b1f0e7c8d9a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"
AT = "2026-11-24T10:00:00+08:00"
REQUIREMENT = {"requirement_code": "legal_aid_hardship", "party_id": "p1"}
EVIDENCE = REQUIREMENT | {"evidence_type": "economic_hardship"}
PROPOSAL = {
    "cause": "out_of_province",
    "materiality": "用于核实经济状况，非唯一依据",
    "relation": "与已查得的参保、工资信息相互印证",
    "risk": "风险可控，可事后核查",
    "proposed": "exempted",
    "legal_basis": "县无证明城市实施方案四(七)",
}
DISPOSAL = {"outcome": "exempted", "reasons": "已掌握材料足以认定", "legal_basis": "县无证明城市实施方案四(七)"}

INTAKE: dict[str, Any] = {
    "application_no": "LEGAL-AID-2026-0001",
    "item_code": "11350526MB0000001C4000512003001",
    "parties": [
        {
            "party_id": "p1",
            "role": "applicant",
            "kind": "living",
            "id_type": "111",
            "id_number": "350526199001010019",
            "name": "测试甲",
        }
    ],
    "purpose": "申请法律援助",
}

BODIES: dict[str, dict[str, Any]] = {
    "Withdraw": {"reason": "不再需要"},
    "Choose": {"choice": REQUIREMENT | {"route": "paper_first", "wanted": True}},
    "VolunteerEvidence": {"evidence": EVIDENCE | {"document_digest": DIGEST}},
    "SubmitPaper": EVIDENCE | {"document_digest": DIGEST},
    "SignCommitment": EVIDENCE
    | {"letter_version": "letter_1", "letter_digest": DIGEST, "signed_by": "self", "signed_at": AT},
    "WithdrawCommitment": REQUIREMENT | {"reason": "改为提交材料"},
    "SignDeferral": REQUIREMENT | {"letter_digest": DIGEST},
    "SupplyDeferred": REQUIREMENT | {"document_digest": DIGEST},
    "ConsentAssistance": REQUIREMENT | {"authorisation_digest": DIGEST},
    "RevokeAssistance": REQUIREMENT | {"reason": "自行办理"},
    "RequestProof": EVIDENCE,
    "DeclareOrigin": {"origin": REQUIREMENT | {"area": "440100"}},
    "ProposeDisposition": EVIDENCE | {"unit": "review_unit", "proposal": PROPOSAL},
    "AskOpinion": {
        "stage": "acceptance_opinion",
        "asked": "11350526MB0000003J",
        "asked_name": "德化县民政局",
        "question": "是否同意受理",
    },
    "IssueNotice": {},
    "Accept": {},
    "RefuseAcceptance": {"reason": "不属本机关职权", "legal_basis": "行政许可法第三十二条"},
    "ExtendClock": {
        "clock": "statutory",
        "working_days": 10,
        "reason": "案情复杂",
        "decided_by": "head-1",
        "notice_digest": DIGEST,
    },
    "ExcludeTime": {"procedure": "hearing", "reason": "依法听证", "notice_digest": DIGEST},
    "ResumeClock": {},
    "ReportDecision": {"decision": "granted", "reference": "doc-2026-1"},
    "Terminate": {"cause": "applicant_died", "reason": "申请人死亡", "document_digest": DIGEST},
    "CloseCheck": {"finding": "不影响决定"},
    "RecordPaperCheck": {"verdict": "confirmed", "finding": "与存根相符"},
    "CannotBackfill": {"reason": "原件年代久远，系统无此类目"},
    "RecordCheck": {"found_true": True, "finding": "经核查属实"},
    "HearCommitter": {"attended": True, "record_digest": DIGEST, "cleared": False, "finding": "申辩不成立"},
    "DecideConsequence": {"consequences": ["rectify"], "reason": "承诺与事实不符", "legal_basis": "示例依据第二条"},
    "ConfirmRectified": {"finding": "已改正"},
    "RecordCredit": {
        "document_no": "示例行决〔2026〕1号",
        "document_digest": DIGEST,
        "effective_on": "2026-11-02",
        "fact": "承诺与事实不符",
    },
    "RecordRepair": {"document_no": "示例修复〔2026〕1号", "document_digest": DIGEST},
    "WindowProgress": {"step": "assigned", "helper": "helper-3", "text": "已指派"},
    "Recheck": {"checked": "原登记簿册", "finding": "mistaken", "notes": "同名异人"},
    "Hear": {"said": "申请人称记录有误"},
    "ConcludeReview": {"conclusion": "accepted", "reasons": "原登记有误，已核对", "document_digest": DIGEST},
    "Conclude": {
        "unit": "review_unit",
        "conclusion": DISPOSAL | {"effective_from": "2026-12-01", "precedent": "hardship-1"},
    },
    "ReturnProposal": {"unit": "review_unit", "questions": "请补充户籍地的核查情况"},
    "SupplyFacts": {"unit": "case_unit", "facts": "已致函户籍地，复函见附件"},
    "Recuse": {"reason": "与申请人有亲属关系"},
    "DecideDisposition": {"disposal": DISPOSAL},
    "RecordInquiry": {"established": True, "finding": "经入户调查属实"},
    "MeetCondition": {"finding": "已按期补交"},
    "EndConsultation": {"reason": "不再需要"},
    "CannotComplete": {"reason": "系统无历史数据"},
    "ClaimTask": {},
    "ReleaseTask": {"reason": "另有任务"},
    "HandOverTask": {"to": "staff-6", "reason": "休假"},
    "Remind": {"reason": "申请人来电询问"},
    "Reassign": {"recipients": ["desk-2"], "reason": "换岗"},
    "AnnulAlarm": {"rung": "blue", "reason": "节假日误计"},
    "ProposeOverride": {"kind": "extend", "working_days": 2, "reason": "出具部门系统迁移"},
    "ConfirmOverride": {"proposal": "propose-1", "reason": "同意"},
    "RetryNow": {"reason": "平台已恢复"},
    "StaffReply": {"verdict": "confirmed", "answered_at": AT},
}
"""By the name of the command, without what is known anyway: actor, task and the id of the act."""


def example_of(name: str) -> dict[str, Any]:
    """A whole body.  Raises KeyError for one that has none."""
    return {"command_id": "act-0001"} | BODIES[name]
