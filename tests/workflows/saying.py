"""One rightly formed act for every Update of every workflow; what is wrong with it, if anything, is the moment."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.application import Actor
from schemas.base import Model
from schemas.codes import ActorKind
from tests.workflows.long_world import COMMITTEE, DECIDING, HEALTH, REFORM

CLERK = Actor(kind=ActorKind.CLERK, actor_id="clerk-7", department=DECIDING)
STAFF = Actor(kind=ActorKind.DEPARTMENT, actor_id="staff-3", department=DECIDING)
HEALTH_STAFF = Actor(kind=ActorKind.DEPARTMENT, actor_id="staff-5", department=HEALTH)
MEMBER = Actor(kind=ActorKind.COMMITTEE, actor_id="member-1", department=COMMITTEE)
SUPERVISOR = Actor(kind=ActorKind.SUPERVISOR, actor_id="supervisor-1")
DIGEST = "a" * 64
ANALYSIS = "与已掌握材料相互印证"
PROPOSAL = {
    "cause": "historical",
    "materiality": "非关键材料",
    "relation": ANALYSIS,
    "risk": "风险可控",
    "proposed": "exempted",
    "legal_basis": "示例依据第二条",
}
DISPOSAL = {"outcome": "exempted", "reasons": "理由充分", "legal_basis": "示例依据第二条"}
CONCLUSION = DISPOSAL | {"effective_from": "2026-12-01", "precedent": "fertility-1"}
Words = dict[str, Any]
_numbers = itertools.count(1)

SUPERVISED: dict[str, tuple[Actor, Words]] = {
    "annul_alarm": (SUPERVISOR, {"assignment": "asked", "rung": "blue", "reason": "误报"}),
    "reassign": (SUPERVISOR, {"assignment": "asked", "recipients": ("desk-2",), "reason": "换岗"}),
    "claim_task": (HEALTH_STAFF, {"assignment": "asked"}),
    "release_task": (HEALTH_STAFF, {"assignment": "asked", "reason": "另有任务"}),
    "hand_over_task": (HEALTH_STAFF, {"assignment": "asked", "to": "staff-6", "reason": "休假"}),
    "remind": (SUPERVISOR, {"assignment": "asked", "reason": "申请人来电"}),
    "retry_now": (SUPERVISOR, {"reason": "平台已恢复"}),
    "propose_override": (STAFF, {"assignment": "asked", "kind": "extend", "working_days": 2, "reason": "案情复杂"}),
    "confirm_override": (STAFF, {"assignment": "asked", "proposal": "said-0", "reason": "同意"}),
}
"""The acts every workflow takes: about a task, or about what it is stuck on."""
CASE: dict[str, tuple[Actor, Words]] = {
    "withdraw": (CLERK, {"reason": "不再办理"}),
    "issue_notice": (CLERK, {}),
    "accept": (CLERK, {}),
    "refuse_acceptance": (CLERK, {"reason": "不属职权", "legal_basis": "行政许可法第三十二条"}),
    "extend_clock": (
        CLERK,
        {
            "clock": "statutory",
            "working_days": 5,
            "reason": "案情复杂",
            "decided_by": "head-1",
            "notice_digest": DIGEST,
        },
    ),
    "exclude_time": (CLERK, {"procedure": "hearing", "reason": "听证", "notice_digest": DIGEST}),
    "resume_clock": (CLERK, {}),
    "report_decision": (CLERK, {"decision": "granted", "reference": "doc-1"}),
    "terminate": (CLERK, {"cause": "applicant_died", "reason": "申请人死亡", "document_digest": DIGEST}),
    "ask_opinion": (
        CLERK,
        {"stage": "acceptance_opinion", "asked": REFORM, "asked_name": "县审改办", "question": "是否同意受理"},
    ),
}
"""The acts about a case as a whole; those about a requirement are made by ``about``."""
ROUTES: dict[str, dict[str, tuple[Actor, Words]]] = {
    "verification": {"close_check": (CLERK, {"finding": "不影响决定"})},
    "digitisation": {
        "record_check": (CLERK, {"verdict": "confirmed", "finding": "与存根相符"}),
        "cannot_backfill": (CLERK, {"reason": "原件年代久远"}),
        "close_check": (CLERK, {"finding": "不影响决定"}),
    },
    "commitment": {
        "record_check": (CLERK, {"found_true": True, "finding": "属实"}),
        "hear": (CLERK, {"attended": True, "record_digest": DIGEST, "cleared": True, "finding": "申辩成立"}),
        "decide_consequence": (CLERK, {"consequences": ("rectify",), "reason": "不实", "legal_basis": "示例依据"}),
        "confirm_rectified": (CLERK, {"finding": "已改正"}),
        "record_credit": (
            CLERK,
            {"document_no": "示例决定1号", "document_digest": DIGEST, "effective_on": "2026-01-05", "fact": "不实承诺"},
        ),
        "record_repair": (CLERK, {"document_no": "示例修复1号", "document_digest": DIGEST}),
        "close_check": (CLERK, {"finding": "处理完毕"}),
    },
    "assistance": {"progress_by_window": (CLERK, {"step": "assigned", "helper": "helper-3", "text": "已指派"})},
    "review": {
        "recheck": (STAFF, {"checked": "原登记簿册", "finding": "mistaken", "notes": "同名异人"}),
        "hear": (STAFF, {"said": "当事人称记录有误"}),
        "conclude_review": (STAFF, {"conclusion": "accepted", "reasons": ANALYSIS, "document_digest": DIGEST}),
    },
    "disposition": {
        "conclude": (MEMBER, {"unit": "review_unit", "conclusion": CONCLUSION}),
        "return_proposal": (MEMBER, {"unit": "review_unit", "questions": "请补充事实"}),
        "supply_facts": (STAFF, {"unit": "unit_1", "facts": "补充说明"}),
        "recuse": (MEMBER, {"reason": "与申请人有亲属关系"}),
        "decide_disposition": (
            Actor(kind=ActorKind.DEPARTMENT, actor_id="staff-8", department=DECIDING),
            {"disposal": DISPOSAL},
        ),
        "record_inquiry": (STAFF, {"established": True, "finding": "经查属实"}),
        "meet_condition": (STAFF, {"finding": "已履行"}),
    },
    "consultation": {
        "recuse": (HEALTH_STAFF, {"reason": "与申请人有亲属关系"}),
        "end_consultation": (CLERK, {"reason": "不再需要"}),
    },
    "completion": {"cannot_complete": (HEALTH_STAFF, {"reason": "系统无历史数据"})},
}
"""What people do in the long routes besides the replies of departments, which come over the platform."""


def said(words: tuple[Actor, Words], **over: Any) -> dict[str, Any]:
    """An act as JSON would have it, with an id of its own."""
    actor, fields = words
    return {"command_id": f"said-{next(_numbers)}", "actor": actor.model_dump(mode="json")} | fields | over


def about(requirement: str, evidence: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every act about one requirement of the applicant, as JSON would have it."""
    part = {"requirement_code": requirement, "party_id": "p1"}
    kind = part | {"evidence_type": evidence}
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    letter = {"letter_version": "letter_1", "letter_digest": DIGEST, "signed_by": "self", "signed_at": an_hour_ago}
    acts: dict[str, Words] = {
        "choose": {"choice": part | {"route": "paper_first", "wanted": False}},
        "declare_origin": {"origin": part | {"historical": True}},
        "submit_paper": kind | {"document_digest": DIGEST},
        "sign_commitment": kind | letter,
        "withdraw_commitment": part | {"reason": "不再承诺"},
        "sign_deferral": part | {"letter_digest": DIGEST},
        "supply_deferred": part | {"document_digest": DIGEST},
        "consent_assistance": part | {"authorisation_digest": DIGEST},
        "revoke_assistance": part | {"reason": "自行办理"},
        "request_proof": kind,
        "volunteer_evidence": {"evidence": kind | {"document_digest": DIGEST}},
        "propose_disposition": kind | {"unit": "unit_1", "proposal": PROPOSAL},
    }
    for name, fields in acts.items():
        yield name, said((CLERK, fields))


def whole(word: str) -> Callable[..., dict[str, Any]]:
    """Makes an act about a case as a whole."""
    return lambda **over: said(CASE[word], **over)


def as_sent(act: Model | dict[str, Any]) -> Any:
    """What goes over the wire."""
    return act.model_dump(mode="json") if isinstance(act, Model) else act
