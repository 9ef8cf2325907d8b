"""Every act that comes in through the door: where, what it says, and in which roles it may be done at all.

The roles here keep out who can never do it; whether this person may do it to this case now is for the workflow, which
refuses on record (law 14).
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas import case_commands as case
from schemas import commitment_acts as commitment
from schemas import disposition_commands as disposition
from schemas.acceptance import (
    Accept,
    ExcludeTime,
    ExtendClock,
    IssueNotice,
    RefuseAcceptance,
    ReportDecision,
    ResumeClock,
    Terminate,
)
from schemas.application import Act, VolunteerEvidence, Withdraw
from schemas.assistance import WindowProgress
from schemas.authority import Role
from schemas.base import Model
from schemas.collaboration_exchange import CollaborationCallback
from schemas.completion import CannotComplete
from schemas.consultation_acts import EndConsultation
from schemas.digitisation_acts import CannotBackfill, RecordPaperCheck
from schemas.late_check import CloseCheck
from schemas.recusal import Recuse
from schemas.review_acts import ConcludeReview, Hear, Recheck
from schemas.stage_opinion import AskOpinion

WINDOW = (Role.CLERK, Role.BUSINESS_SYSTEM, Role.TOWNSHIP)
"""The applicant's will, brought in at the counter or through a business system."""
STAFF = (Role.CLERK, Role.DEPARTMENT)
DECIDING = (Role.CLERK, Role.DEPARTMENT, Role.BUSINESS_SYSTEM)
BODIES = (Role.CLERK, Role.DEPARTMENT, Role.COMMITTEE, Role.JUSTICE, Role.REFORM)
"""Whoever may be consulted, and 管委会."""


@dataclass(frozen=True)
class DoorAct:
    """One act: its Update, its command, the last part of its address, who may at all, and what it is in words."""

    act: Act
    command: type[Model]
    segment: str
    roles: tuple[Role, ...]
    zh: str
    en: str


CASE_ACTS = (
    DoorAct(Act.WITHDRAW, Withdraw, "withdraw", WINDOW, "申请人撤回申请", "Withdraw the application"),
    DoorAct(Act.CHOOSE, case.Choose, "choices", WINDOW, "选择或不选择某一路径", "Want a route, or refuse it"),
    DoorAct(
        Act.VOLUNTEER_EVIDENCE, VolunteerEvidence, "volunteered", WINDOW,
        "申请人自愿提交证明材料 [五(一)]", "Hand in evidence that need not be handed in",
    ),
    DoorAct(
        Act.SUBMIT_PAPER, case.SubmitPaper, "paper", WINDOW,
        "收到申请人所持纸质材料 [四(四)二]", "Take in a paper the applicant holds",
    ),
    DoorAct(
        Act.SIGN_COMMITMENT, case.SignCommitment, "commitments", WINDOW,
        "签署告知承诺书 [四(六)]", "Sign a commitment",
    ),
    DoorAct(
        Act.WITHDRAW_COMMITMENT, case.WithdrawCommitment, "commitments/withdraw", WINDOW,
        "决定前撤回承诺", "Take a commitment back before the decision",
    ),
    DoorAct(
        Act.SIGN_DEFERRAL, case.SignDeferral, "deferrals", WINDOW,
        "签署容缺受理承诺书", "Promise to supply a material later",
    ),
    DoorAct(
        Act.SUPPLY_DEFERRED, case.SupplyDeferred, "deferrals/supply", WINDOW,
        "补交容缺材料", "Supply a deferred material",
    ),
    DoorAct(
        Act.CONSENT_ASSISTANCE, case.ConsentAssistance, "assistance", WINDOW,
        "经申请人同意发起帮办代办 [四(五)]", "Consent to assisted handling",
    ),
    DoorAct(
        Act.REVOKE_ASSISTANCE, case.RevokeAssistance, "assistance/revoke", WINDOW,
        "撤回帮办代办委托", "Take the consent to assistance back",
    ),
    DoorAct(
        Act.REQUEST_PROOF, case.RequestProof, "proof-requests", WINDOW,
        "主动要求获取证明材料 [五(一)]", "Ask for the document itself",
    ),
    DoorAct(
        Act.DECLARE_ORIGIN, case.DeclareOrigin, "origins", DECIDING,
        "说明事实出自省外、境外或历史久远", "Say where a fact would have to come from",
    ),
    DoorAct(
        Act.PROPOSE_DISPOSITION, case.ProposeDisposition, "dispositions", STAFF,
        "主管部门向管委会提出处置意见 [四(七)]", "Propose a flexible disposition",
    ),
    DoorAct(
        Act.ASK_OPINION, AskOpinion, "opinions", STAFF,
        "就某一环节征求其他部门意见", "Ask another department about a stage",
    ),
    DoorAct(Act.ISSUE_NOTICE, IssueNotice, "notice", DECIDING, "发出一次性补正告知", "Issue the one notice"),
    DoorAct(Act.ACCEPT, Accept, "acceptance", DECIDING, "受理", "Accept the application"),
    DoorAct(
        Act.REFUSE_ACCEPTANCE, RefuseAcceptance, "acceptance/refuse", DECIDING,
        "不予受理", "Refuse acceptance, with reasons",
    ),
    DoorAct(
        Act.EXTEND_CLOCK, ExtendClock, "clock/extend", STAFF,
        "延长时限（行政许可法第四十二条）", "Extend a clock, by decision of the head",
    ),
    DoorAct(
        Act.EXCLUDE_TIME, ExcludeTime, "clock/exclude", STAFF,
        "扣除时间开始（行政许可法第四十五条）", "Begin an excluded period",
    ),
    DoorAct(Act.RESUME_CLOCK, ResumeClock, "clock/resume", STAFF, "扣除时间结束", "End an excluded period"),
    DoorAct(Act.REPORT_DECISION, ReportDecision, "decision", DECIDING, "回报决定", "Report the decision"),
    DoorAct(
        Act.TERMINATE, Terminate, "terminate", DECIDING,
        "申请人死亡或法人终止，终止办理", "End the case of an applicant who is no more",
    ),
)  # fmt: skip
"""Acts on the case itself: ``POST /applications/{application_no}/{segment}``."""

_CLOSE_CHECK = DoorAct(Act.CLOSE_CHECK, CloseCheck, "close-check", STAFF, "了结核查", "Close a check")
_RECUSE = DoorAct(Act.RECUSE, Recuse, "recuse", BODIES, "回避", "Step aside")

ROUTE_ACTS: dict[str, tuple[DoorAct, ...]] = {
    "verification": (_CLOSE_CHECK,),
    "digitisation": (
        DoorAct(
            Act.RECORD_CHECK, RecordPaperCheck, "record-check", STAFF,
            "主管部门自行核对纸质材料的结果", "Record the department's own check of the paper",
        ),
        DoorAct(
            Act.CANNOT_BACKFILL, CannotBackfill, "cannot-backfill", STAFF,
            "出具部门说明不能补录的原因", "Say why the record cannot be put into the library",
        ),
        _CLOSE_CHECK,
    ),
    "commitment": (
        DoorAct(
            Act.RECORD_CHECK, commitment.RecordCheck, "record-check", STAFF,
            "记录承诺核查结果", "Record the check of a commitment",
        ),
        DoorAct(Act.HEAR, commitment.HearCommitter, "hear", STAFF, "听取陈述申辩", "Hear the person"),
        DoorAct(
            Act.DECIDE_CONSEQUENCE, commitment.DecideConsequence, "decide-consequence", STAFF,
            "对不实承诺作出处理", "Decide what a false commitment comes to",
        ),
        DoorAct(
            Act.CONFIRM_RECTIFIED, commitment.ConfirmRectified, "confirm-rectified", STAFF,
            "确认整改完成", "Confirm that it was put right",
        ),
        DoorAct(
            Act.RECORD_CREDIT, commitment.RecordCredit, "record-credit", STAFF,
            "凭生效法律文书报送失信记录", "Report a credit record on an effective legal document",
        ),
        DoorAct(
            Act.RECORD_REPAIR, commitment.RecordRepair, "record-repair", (*STAFF, Role.CREDIT_OFFICE),
            "记录信用修复", "Record a credit repair",
        ),
        _CLOSE_CHECK,
    ),
    "assistance": (
        DoorAct(
            Act.PROGRESS_BY_WINDOW, WindowProgress, "progress", (Role.CLERK, Role.CASE_HELPER),
            "登记帮办代办进度", "Tell a step of assisted handling",
        ),
    ),
    "review": (
        DoorAct(Act.RECHECK, Recheck, "recheck", STAFF, "复查", "Check the answer again"),
        DoorAct(Act.HEAR, Hear, "hear", STAFF, "听取申请人意见", "Hear the applicant"),
        DoorAct(
            Act.CONCLUDE_REVIEW, ConcludeReview, "conclude", STAFF, "作出复核结论", "Conclude the review"
        ),
    ),
    "disposition": (
        DoorAct(
            Act.CONCLUDE, disposition.Conclude, "conclude", (Role.COMMITTEE,),
            "管委会作出办件处理意见", "Conclude, as the committee",
        ),
        DoorAct(
            Act.RETURN_PROPOSAL, disposition.ReturnProposal, "return", (Role.COMMITTEE,),
            "管委会退回补充事实", "Return the proposal for more facts",
        ),
        DoorAct(Act.SUPPLY_FACTS, disposition.SupplyFacts, "facts", STAFF, "补充事实", "Supply more facts"),
        _RECUSE,
        DoorAct(
            Act.DECIDE_DISPOSITION, disposition.DecideDisposition, "decide", STAFF,
            "主管部门作出处置决定", "Decide, as the department",
        ),
        DoorAct(
            Act.RECORD_INQUIRY, disposition.RecordInquiry, "inquiry", STAFF,
            "自行调查核实的结果", "Record the department's own inquiry",
        ),
        DoorAct(
            Act.MEET_CONDITION, disposition.MeetCondition, "condition", STAFF,
            "所附条件已履行", "Record that a condition is met",
        ),
    ),
    "consultation": (
        _RECUSE,
        DoorAct(
            Act.END_CONSULTATION, EndConsultation, "end", (*STAFF, Role.COMMITTEE),
            "不再需要意见", "End a consultation",
        ),
    ),
    "completion": (
        DoorAct(
            Act.CANNOT_COMPLETE, CannotComplete, "cannot-complete", STAFF,
            "出具部门说明不能补齐的原因", "Say why the licence cannot be completed",
        ),
    ),
}  # fmt: skip
"""Acts on a long route, by the first word of its workflow id: ``POST /routes/{kind}/{rest}/{segment}``."""

REPLY = DoorAct(
    Act.REPLY,
    CollaborationCallback,
    "reply",
    (Role.DEPARTMENT, Role.JUSTICE, Role.REFORM, Role.CREDIT_OFFICE, Role.DATA_BUREAU),
    "被征询部门的答复",
    "The answer of a department that was asked",
)
ANSWERING = ("verification", "digitisation", "commitment", "consultation", "completion")
"""Routes that ask a department, whose staff may answer at the counter page as the platform would: ``…/reply``."""
